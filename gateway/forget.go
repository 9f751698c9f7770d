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

// forgot is what came of control.ForgetWait a number.
type forgetResult struct {
	Number   string  `json:"number"`
	Calls    int     `json:"calls"`     // of the number
	Texts    int     `json:"texts"`     // of other calls that held it
	Entries  int     `json:"entries"`   // of own lists
	Writes   int     `json:"writes"`    // of the audit
	LogLines int     `json:"log_lines"` // of raw logs
	Messages int     `json:"messages"`  // at the embedded broker, waiting for others or of others
	Left     []place `json:"left"`
}

// place is one that still holds a number, or may.
type place struct {
	What string `json:"what"` // the words below
	Box  string `json:"box,omitempty"`
	Name string `json:"name,omitempty"` // of a file, a phonebook
}

// Places where a number is left. They belong to the box, or are files that nobody
// but the user should delete.
const (
	leftCallList   = "box_call_list"
	leftPhonebook  = "phonebook"
	leftBarring    = "barring"
	leftDeflection = "deflection"
	leftMessage    = "voice_message"
	leftDamaged    = "damaged_journal"
	leftLog        = "raw_log"
	leftBroker     = "broker"         // not reached; it is corrected with the next connection
	leftClients    = "broker_clients" // what another broker keeps for and of others
	leftBrokerFile = "damaged_broker"
)

// maxLeft bounds what a result names.
const maxLeft = 24

// forget forgets a number everywhere. It runs beside the loops.
func (g *Gateway) forget(ctx context.Context, n call.Number) (forgetResult, *order.Refusal) {
	done := forgetResult{Number: n.Full(), Left: []place{}}
	for _, b := range g.boxes {
		if slices.ContainsFunc(b.line.Active(ctx), func(c call.Call) bool { return c.Concerns(n) }) {
			return done, refusal.CallActive
		}
	}
	var half forgetFailures
	half.add(call.Text{"the list of forgotten numbers", "der Liste vergessener Nummern"}, g.forgotten.Add(n, g.now()))
	half.add(call.Text{"raw logs", "Rohprotokollen"}, g.forgetInLogs(n, &done))
	if g.journal != nil {
		f, err := g.journal.Forget(ctx, n)
		half.add(call.Text{"the journal", "dem Journal"}, err)
		done.Calls, done.Texts, done.Entries, done.Writes = f.Calls, f.Texts, f.Entries, f.Writes
		for _, path := range f.SetAside {
			done.addLeft(place{What: leftDamaged, Name: filepath.Base(path)})
		}
	}
	for _, b := range g.boxes {
		b.forgetInBox(ctx, n, &done)
	}
	half.add(call.Text{"the file of the embedded broker", "der Datei des eingebauten Brokers"}, g.forgetPublished(ctx, n, &done))
	return done, half.refusal()
}

// partly are the places where control.ForgetWait a number has failed. It goes on all the same:
// each place that lets go of it is a gain, and control.ForgetWait can be repeated.
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

// refusal says that it has to be repeated, nil where all went well.
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

func (f *forgetResult) addLeft(p place) {
	if len(f.Left) < maxLeft {
		f.Left = append(f.Left, p)
	}
}

// forgetInLogs rewrites the raw logs of all boxes.
func (g *Gateway) forgetInLogs(n call.Number, done *forgetResult) (failure error) {
	for i, b := range g.boxes {
		plan := b.poller.Current().Plan
		is := func(field string) bool {
			p := plan.Caller(field)
			return p.Number.Is(n) || p.Network.Is(n) || plan.Dialled(field).Is(n)
		}
		var f callmonitor.Forgot
		var err error
		switch {
		case b.recorder != nil:
			f, err = b.recorder.Forget(is)
		case g.config.Boxes[i].Record.Dir != "":
			f, err = callmonitor.ForgetFiles(g.config.Boxes[i].Record.Dir, b.id, is)
		}
		failure = errors.Join(failure, err)
		done.LogLines += f.Lines
		for _, path := range f.Left {
			done.addLeft(place{What: leftLog, Box: b.id, Name: path})
		}
	}
	return failure
}

// forgetHere forgets a number in what is remembered of the box, publishes what is left, and
// names where the box itself has the number.
func (b *box) forgetInBox(ctx context.Context, n call.Number, done *forgetResult) {
	past, err := b.journalPast(ctx)
	b.history.Forget(n, past, b.journal != nil && err == nil)
	b.line.Do(ctx, func() {
		b.line.Drop(func(payload []byte) bool { return bytes.Contains(payload, []byte(n.Full())) })
	})
	b.publishAll()
	if b.poller.Client == nil {
		return
	}
	s := b.poller.Current()
	within, cancel := context.WithTimeout(ctx, listsTimeout)
	defer cancel()
	books, barring := b.poller.ListsNow(within)
	b.poller.Keep(s, books, barring) // from which the number may be gone
	done.addLeft(place{What: leftCallList, Box: b.id})
	is := func(number string) bool { return s.Plan.Number(number).Is(n) }
	holds := func(c tr064.Contact) bool {
		return slices.ContainsFunc(c.Numbers, func(p tr064.PhoneNumber) bool { return is(p.Number) })
	}
	for _, book := range books {
		if slices.ContainsFunc(book.Contacts, holds) {
			done.addLeft(place{What: leftPhonebook, Box: b.id, Name: book.Name})
		}
	}
	if barring != nil && slices.ContainsFunc(barring.Contacts, holds) {
		done.addLeft(place{What: leftBarring, Box: b.id})
	}
	if slices.ContainsFunc(s.Deflections, func(d tr064.Deflection) bool { return is(d.Number) || is(d.To) }) {
		done.addLeft(place{What: leftDeflection, Box: b.id})
	}
	if slices.ContainsFunc(s.Messages, func(m tr064.Message) bool { return is(m.Number) }) {
		done.addLeft(place{What: leftMessage, Box: b.id})
	}
}

// listsWait bounds how long the box is asked for its lists.
const listsTimeout = 20 * time.Second
