package screening

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/quota"
	"github.com/callporter/callporter/screening/tellowslist"
)

// TellowsListOptions are what the copy of the score list of tellows needs.
type TellowsListOptions struct {
	URL      string // "https://www.tellows.de"
	Partner  string // "" with a key that needs none
	Key      string
	Country  string // of the numbers: "DE"
	Client   tellowslist.Doer
	Language call.Language
	Data     string
	First    time.Duration // from the start until the list is asked for; 0 = 2 min
	Log      *slog.Logger
	Changed  func() // the status has changed; nil = nobody wants to know
}

// TellowsList is a copy of the score list of tellows.
type TellowsList struct {
	language call.Language
	counts   *quota.Counts
	list     *mirror.Mirror
}

// NewTellowsList reads what is kept in the data directory. It asks nobody yet.
func NewTellowsList(o TellowsListOptions) *TellowsList {
	log := o.Log.With("source", "tellows")
	l := &TellowsList{language: o.Language, counts: quota.Open(filepath.Join(o.Data, "tellows-counts.json"), account(o.Key), log)}
	publisher := tellowslist.New(tellowslist.Options{URL: o.URL, Partner: o.Partner, Key: o.Key, Country: o.Country, Client: o.Client})
	l.list = mirror.Open(mirror.Options{
		Path: filepath.Join(o.Data, "tellows.list"), Origin: o.URL + " " + o.Country, Publisher: publisher,
		Full: tellowslist.Lists, Counts: l.counts, First: o.First, Log: log, Changed: o.Changed,
	})
	return l
}

// Name returns "tellows".
func (*TellowsList) Name() string { return "tellows" }

// Check looks for a number on the copy.
func (l *TellowsList) Check(dst []Finding, _ *Query, n call.Number) []Finding {
	number, ok := mirror.Digits(n.E164)
	if !ok {
		return dst
	}
	found, listed := tellowslist.Find(l.list.Snapshot(), number)
	if !listed {
		return dst
	}
	r := rating{score: float64(found.Score), count: found.Ratings, label: found.Type}
	return append(dst, Finding{Evidence: r.evidence(l.Name(), "tellows", l.language), Group: Reputation})
}

// Run keeps the copy up to date until ctx ends.
func (l *TellowsList) Run(ctx context.Context) error { return l.list.Run(ctx) }

// Close writes down how often the list was asked for.
func (l *TellowsList) Close() error {
	l.counts.Close()
	return nil
}

// Status returns how the copy is doing.
func (l *TellowsList) Status() SourceStatus {
	s := SourceStatus{Name: l.Name(), Status: l.list.Status()}
	s.Hint = tellowsListHints[s.Reason]
	return s
}

var tellowsListHints = map[mirror.Reason]call.Text{
	mirror.Unauthorized: {
		"tellows does not accept the key. Check screening.tellows.partner and screening.tellows.key.",
		"tellows nimmt den Schlüssel nicht an. screening.tellows.partner und screening.tellows.key prüfen.",
	},
	mirror.TooMany: {
		"tellows was asked for its list as often as is allowed; callporter waits.",
		"tellows wurde so oft um seine Liste gebeten, wie es erlaubt ist; callporter wartet.",
	},
	mirror.Unreachable: {
		"tellows cannot be reached. Check the way to the internet and screening.tellows.url; callporter keeps trying, and the list it has still counts.",
		"tellows ist nicht zu erreichen. Den Weg ins Internet und screening.tellows.url prüfen; callporter versucht es weiter, und die vorhandene Liste gilt weiter.",
	},
	mirror.Timeout: {
		"tellows does not answer in time; callporter keeps trying, and the list it has still counts.",
		"tellows antwortet nicht rechtzeitig; callporter versucht es weiter, und die vorhandene Liste gilt weiter.",
	},
	mirror.Broken: {
		"tellows sends no score list: not every key may have it. Ask tellows, or set screening.tellows.mirror to false.",
		"tellows schickt keine Bewertungsliste: nicht jeder Schlüssel darf sie haben. Bei tellows fragen oder screening.tellows.mirror auf false setzen.",
	},
	mirror.ServerTrouble: {
		"tellows has trouble of its own; callporter keeps trying, and the list it has still counts.",
		"tellows ist gestört; callporter versucht es weiter, und die vorhandene Liste gilt weiter.",
	},
}
