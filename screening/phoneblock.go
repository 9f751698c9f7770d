package screening

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/phoneblock"
	"github.com/callporter/callporter/screening/quota"
)

// PhoneBlockName is what PhoneBlock is called in evidence.
const PhoneBlockName = "phoneblock"

// PhoneBlockOptions are what the source PhoneBlock needs.
type PhoneBlockOptions struct {
	Language call.Language
	URL      string // "" = that of PhoneBlock
	Token    string
	Mirror   bool // a copy of the list is kept here
	Report   bool // calls that were turned away because of it are reported
	Data     string
	First    time.Duration // from the start until the list is asked for; 0 = 2 min
	Client   phoneblock.Doer
	Log      *slog.Logger
	Changed  func() // the status has changed; nil = nobody wants to know
}

// PhoneBlock is a list of callers whom people have reported: a [Check] of the copy of it
// that is kept here, and a [Source] that asks PhoneBlock itself.
type PhoneBlock struct {
	o       PhoneBlockOptions
	log     *slog.Logger
	api     *phoneblock.API
	counts  *quota.Counts
	list    *mirror.Mirror // nil = no copy
	reports chan call.Number

	mu      sync.Mutex
	refused time.Time // since when the token is not accepted; zero = it is, or nobody knows
}

// NewPhoneBlock reads what is kept in the data directory. It asks nobody yet.
func NewPhoneBlock(o PhoneBlockOptions) *PhoneBlock {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	log := o.Log.With("source", PhoneBlockName)
	p := &PhoneBlock{
		o: o, log: log, api: phoneblock.New(o.Client, o.URL, o.Token),
		counts:  quota.Open(filepath.Join(o.Data, "phoneblock-counts.json"), account(o.Token), log),
		reports: make(chan call.Number, 16),
	}
	if o.Mirror {
		p.list = mirror.Open(mirror.Options{
			Path: filepath.Join(o.Data, "phoneblock.list"), Origin: cmp.Or(o.URL, phoneblock.URL), Publisher: p.api,
			FullEvery: 30 * phoneblock.Day, Full: phoneblock.WholeLists, Changes: phoneblock.Changes,
			Counts: p.counts, First: o.First, Log: log, Changed: o.Changed,
		})
	}
	return p
}

// account tells accounts apart in a file, without the token.
func account(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:4])
}

// Name returns "phoneblock".
func (p *PhoneBlock) Name() string { return PhoneBlockName }

// Run keeps the copy of the list up to date and sends reports, until ctx ends.
func (p *PhoneBlock) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	if p.list != nil {
		work.Go(func() { _ = p.list.Run(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-p.reports:
			p.report(ctx, n)
		}
	}
}

// Close writes down how much was asked.
func (p *PhoneBlock) Close() error {
	p.counts.Close()
	return nil
}

// Status returns how PhoneBlock is doing.
func (p *PhoneBlock) Status() SourceStatus {
	s := SourceStatus{Name: PhoneBlockName, Status: mirror.Status{State: mirror.Up}}
	if p.list != nil {
		s.Status = p.list.Status()
	}
	p.mu.Lock()
	refused := p.refused
	p.mu.Unlock()
	if !refused.IsZero() && s.State != mirror.Down {
		s.State, s.Since, s.Reason = mirror.Down, refused, mirror.Unauthorized
	}
	s.Hint = phoneBlockHints[s.Reason]
	return s
}

var phoneBlockHints = map[mirror.Reason]call.Text{
	mirror.Unauthorized: {
		"PhoneBlock does not accept the token. Make a new one on the settings page of your account there, and set screening.phoneblock.token to it.",
		"PhoneBlock nimmt das Token nicht an. In den Einstellungen des Kontos dort ein neues anlegen und bei screening.phoneblock.token eintragen.",
	},
	mirror.TooMany: {
		"PhoneBlock was asked as often as it allows; callporter waits. Give each program that asks PhoneBlock a token of its own.",
		"PhoneBlock wurde so oft gefragt, wie es erlaubt; callporter wartet. Jedem Programm, das PhoneBlock fragt, ein eigenes Token geben.",
	},
	mirror.Unreachable: {
		"PhoneBlock cannot be reached. Check the way to the internet and screening.phoneblock.url; callporter keeps trying, and the list it has still counts.",
		"PhoneBlock ist nicht zu erreichen. Den Weg ins Internet und screening.phoneblock.url prüfen; callporter versucht es weiter, und die vorhandene Liste gilt weiter.",
	},
	mirror.Timeout: {
		"PhoneBlock does not answer in time; callporter keeps trying, and the list it has still counts.",
		"PhoneBlock antwortet nicht rechtzeitig; callporter versucht es weiter, und die vorhandene Liste gilt weiter.",
	},
	mirror.Broken: {
		"What answers is not PhoneBlock. Check screening.phoneblock.url; the list there is still counts.",
		"Was antwortet, ist nicht PhoneBlock. screening.phoneblock.url prüfen; die vorhandene Liste gilt weiter.",
	},
	mirror.ServerTrouble: {
		"PhoneBlock has trouble of its own; callporter keeps trying, and the list it has still counts.",
		"PhoneBlock ist gestört; callporter versucht es weiter, und die vorhandene Liste gilt weiter.",
	},
}
