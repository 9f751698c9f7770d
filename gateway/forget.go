package gateway

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// forgetResult is the result of forgetting a number.
type forgetResult struct {
	Number     string      `json:"number"`
	Calls      int         `json:"calls"`      // of the number
	Texts      int         `json:"texts"`      // of other calls that contained it
	Entries    int         `json:"entries"`    // on own lists
	Writes     int         `json:"writes"`     // in the audit
	LogLines   int         `json:"log_lines"`  // in raw logs
	Recordings int         `json:"recordings"` // of callers who were turned away
	Messages   int         `json:"messages"`   // at the embedded broker: queued for other clients or retained by them
	Left       []leftPlace `json:"left"`
}

// leftPlace is a place that still holds the number, or may.
type leftPlace struct {
	What string `json:"what"` // one of the words below
	Box  string `json:"box,omitempty"`
	Name string `json:"name,omitempty"` // of a file, a phonebook
}

// Places that keep a number. They belong to the box or to another broker, or they are
// files that only the user should delete.
const (
	leftCallList   = "box_call_list"
	leftPhonebook  = "phonebook"
	leftBarring    = "barring"
	leftDeflection = "deflection"
	leftMessage    = "voice_message"
	leftDamaged    = "damaged_journal"
	leftLog        = "raw_log"
	leftRecordings = "recordings"     // without a journal nobody knows whose they are
	leftBroker     = "broker"         // not connected; the next connection corrects it
	leftClients    = "broker_clients" // messages of other clients that another broker keeps
	leftBrokerFile = "damaged_broker"
)

// maxLeft bounds how many places a result names.
const maxLeft = 24

// forget removes a number from everything that callporter keeps or has published. Call it
// without the lock of a line.
func (g *Gateway) forget(ctx context.Context, n call.Number) (forgetResult, *order.Refusal) {
	result := forgetResult{Number: n.Full(), Left: []leftPlace{}}
	for _, b := range g.boxes {
		if slices.ContainsFunc(b.line.Active(), func(c call.Call) bool { return c.Concerns(n) }) {
			return result, refusal.CallActive
		}
	}
	var failures forgetFailures
	failures.add(call.Text{"the list of forgotten numbers", "der Liste vergessener Nummern"}, g.forgotten.Add(n, g.now()))
	failures.add(call.Text{"raw logs", "Rohprotokollen"}, g.forgetInLogs(n, &result))
	failures.add(call.Text{"recordings", "Aufzeichnungen"}, g.forgetRecordings(ctx, n, &result))
	failures.add(call.Text{"the answers of sources", "den Antworten von Quellen"}, g.answers.Forget(n))
	g.past.Forget(n)
	if g.journal != nil {
		f, err := g.journal.Forget(ctx, n)
		failures.add(call.Text{"the journal", "dem Journal"}, err)
		result.Calls, result.Texts, result.Entries, result.Writes = f.Calls, f.Texts, f.Entries, f.Writes
		for _, path := range f.SetAside {
			result.addLeft(leftPlace{What: leftDamaged, Name: filepath.Base(path)})
		}
	}
	for _, b := range g.boxes {
		b.forgetInBox(ctx, n, &result)
	}
	failures.add(call.Text{"the file of the embedded broker", "der Datei des eingebauten Brokers"}, g.forgetPublished(ctx, n, &result))
	return result, failures.refusal()
}

// forgetFailures collects where forgetting a number failed. Forgetting goes on after a
// failure, since every place that loses the number is a gain, and it can be repeated.
type forgetFailures struct {
	places call.Text
	cause  error
}

func (p *forgetFailures) add(place call.Text, err error) {
	if err == nil {
		return
	}
	if p.cause != nil {
		place = call.Text{"%s, %s", "%s, %s"}.With(p.places, place)
	}
	p.places = place
	p.cause = errors.Join(p.cause, err)
}

// refusal returns the refusal that asks to repeat it, nil if nothing failed.
func (p *forgetFailures) refusal() *order.Refusal {
	if p.cause == nil {
		return nil
	}
	r := &order.Refusal{
		Code: order.CodeFailed,
		Message: call.Text{"forgotten in part only, not yet in %s: %s", "nur zum Teil vergessen, noch nicht in %s: %s"}.
			With(p.places, strings.ReplaceAll(config.Reason(p.cause), "\n", "; ")),
		Hint: call.Text{"repeat it when the cause is gone: until then the number is still there",
			"wiederholen, sobald die Ursache behoben ist: Bis dahin ist die Nummer dort noch vorhanden"},
	}
	if journal.Full(p.cause) {
		r.Hint = call.Text{"the disk with the data directory is full: make room, then repeat it; until then the number is still there",
			"der Datenträger mit dem Datenverzeichnis ist voll: Platz schaffen, dann wiederholen; bis dahin ist die Nummer dort noch vorhanden"}
	}
	return r
}

func (f *forgetResult) addLeft(p leftPlace) {
	if len(f.Left) < maxLeft {
		f.Left = append(f.Left, p)
	}
}

// forgetInLogs removes the number from the raw logs of all boxes.
func (g *Gateway) forgetInLogs(n call.Number, result *forgetResult) (failures error) {
	for _, b := range g.boxes {
		plan := b.poller.Current().Plan
		matches := func(field string) bool {
			p := plan.Caller(field)
			return p.Number.Is(n) || p.Network.Is(n) || plan.Dialled(field).Is(n)
		}
		var f callmonitor.ForgetResult
		var err error
		switch {
		case b.recorder != nil:
			f, err = b.recorder.Forget(matches)
		case b.config.Record.Dir != "":
			f, err = callmonitor.ForgetFiles(b.config.Record.Dir, b.id, matches)
		}
		failures = errors.Join(failures, err)
		result.LogLines += f.Lines
		for _, path := range f.Left {
			result.addLeft(leftPlace{What: leftLog, Box: b.id, Name: path})
		}
	}
	return failures
}

// forgetInBox removes a number from the state of a box and publishes the rest. It names
// the lists of the box itself that have the number.
func (b *box) forgetInBox(ctx context.Context, n call.Number, result *forgetResult) {
	past, err := b.journalPast(ctx)
	b.history.Forget(n, past, b.journal != nil && err == nil)
	b.line.Do(func() {
		b.line.Drop(func(payload []byte) bool { return bytes.Contains(payload, []byte(n.Full())) })
	})
	b.publishAll()
	if b.poller.Client == nil {
		return
	}
	s := b.poller.Current()
	listsCtx, cancel := context.WithTimeout(ctx, listsTimeout)
	defer cancel()
	books, barring := b.poller.ListsNow(listsCtx)
	b.poller.Keep(s, books, barring) // without the number, if the user has removed it there
	result.addLeft(leftPlace{What: leftCallList, Box: b.id})
	matches := func(number string) bool { return s.Plan.Dialled(number).Is(n) }
	hasNumber := func(c tr064.Contact) bool {
		return slices.ContainsFunc(c.Numbers, func(p tr064.PhoneNumber) bool { return matches(p.Number) })
	}
	for _, book := range books {
		if slices.ContainsFunc(book.Contacts, hasNumber) {
			result.addLeft(leftPlace{What: leftPhonebook, Box: b.id, Name: book.Name})
		}
	}
	if barring != nil && slices.ContainsFunc(barring.Contacts, hasNumber) {
		result.addLeft(leftPlace{What: leftBarring, Box: b.id})
	}
	if slices.ContainsFunc(s.Deflections, func(d tr064.Deflection) bool { return matches(d.Number) || matches(d.To) }) {
		result.addLeft(leftPlace{What: leftDeflection, Box: b.id})
	}
	if slices.ContainsFunc(s.Messages, func(m tr064.Message) bool { return matches(m.Number) }) {
		result.addLeft(leftPlace{What: leftMessage, Box: b.id})
	}
}

// listsTimeout bounds how long reading the lists of the box may take.
const listsTimeout = 20 * time.Second
