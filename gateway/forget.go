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
type forgot struct {
	Number   string `json:"number"`
	Calls    int    `json:"calls"`     // of the number
	Texts    int    `json:"texts"`     // of other calls that held it
	Entries  int    `json:"entries"`   // of own lists
	Writes   int    `json:"writes"`    // of the audit
	LogLines int    `json:"log_lines"` // of raw logs
	Messages int    `json:"messages"`  // at the embedded broker, waiting for others or of others
	Left     []left `json:"left"`
}

// left is a place that still holds a number, or may.
type left struct {
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

// forgetNumber carries out forget: nothing callporter keeps or has published holds
// the number afterwards. What the box itself keeps is the box's, and is named.
func (b *box) forgetNumber(o incomingOrder, r *order.Result) work {
	number := b.plan.Number(o.command.Argument)
	switch {
	case number.Withheld() || number.E164 == "" && number.Kind != call.Internal && number.Kind != call.Short:
		r.Refusal = refusal.NoNumber
	case b.isOwn(number):
		r.Refusal = refusal.OwnNumber
	}
	if r.Refusal != nil {
		return nil
	}
	return func(ctx context.Context, r *order.Result) func() {
		done, refused := b.forget(ctx, number)
		r.Refusal, r.Data = refused, data(done)
		return nil
	}
}

// forget forgets a number everywhere. It runs beside the loops.
func (g *Gateway) forget(ctx context.Context, n call.Number) (forgot, *order.Refusal) {
	done := forgot{Number: n.Full(), Left: []left{}}
	for _, b := range g.order {
		goesOn := false
		b.inLoop(ctx, func() {
			goesOn = slices.ContainsFunc(b.tracker.Active(), func(c call.Call) bool { return concerns(&c, n) })
		})
		if goesOn {
			return done, refusal.CallGoesOn
		}
	}
	var half partly
	half.in(call.Text{"the list of forgotten numbers", "der Liste vergessener Nummern"}, g.gone.add(n, g.now()))
	half.in(call.Text{"raw logs", "Rohprotokollen"}, g.forgetInLogs(n, &done))
	if g.journal != nil {
		f, err := g.journal.Forget(ctx, n)
		half.in(call.Text{"the journal", "dem Journal"}, err)
		done.Calls, done.Texts, done.Entries, done.Writes = f.Calls, f.Texts, f.Entries, f.Writes
		for _, path := range f.SetAside {
			done.left(left{What: leftDamaged, Name: filepath.Base(path)})
		}
	}
	for _, b := range g.order {
		b.forgetHere(ctx, n, &done)
	}
	half.in(call.Text{"the file of the embedded broker", "der Datei des eingebauten Brokers"}, g.forgetPublished(ctx, n, &done))
	return done, half.refusal()
}

// partly are the places where control.ForgetWait a number has failed. It goes on all the same:
// each place that lets go of it is a gain, and control.ForgetWait can be repeated.
type partly struct {
	places call.Text
	cause  error
}

func (p *partly) in(place call.Text, err error) {
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
func (p *partly) refusal() *order.Refusal {
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

func (f *forgot) left(l left) {
	if len(f.Left) < maxLeft {
		f.Left = append(f.Left, l)
	}
}

// forgetInLogs rewrites the raw logs of all boxes.
func (g *Gateway) forgetInLogs(n call.Number, done *forgot) (failure error) {
	for i, b := range g.order {
		plan := b.planNow.Load()
		is := func(field string) bool {
			p := plan.Caller(field)
			return sameNumber(p.Number, n) || sameNumber(p.Network, n) || sameNumber(plan.Dialled(field), n)
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
			done.left(left{What: leftLog, Box: b.id, Name: path})
		}
	}
	return failure
}

// forgetHere forgets a number in what the loop of the box remembers, publishes what
// is left, and names where the box itself has the number.
func (b *box) forgetHere(ctx context.Context, n call.Number, done *forgot) {
	past := b.past(ctx)
	b.inLoop(ctx, func() {
		if b.last != nil && mentions(b.last, n) {
			b.last = past.last
		}
		if concerns(&b.caller, n) || mentions(&b.caller, n) {
			b.caller = past.caller
		}
		before := len(b.missed)
		b.missed = slices.DeleteFunc(slices.Clone(b.missed), func(c call.Call) bool { return mentions(&c, n) })
		if b.missing -= before - len(b.missed); b.journal != nil && past.err == nil {
			b.missing, b.missed = past.missing, past.missed
		}
		b.unsent = slices.DeleteFunc(b.unsent, func(m message) bool { return bytes.Contains(m.payload, []byte(n.Full())) })
		if b.known != nil {
			b.switches = b.known.switches(b.docs.Language)
		}
		b.publishAll()
	})
	if b.access == nil {
		return
	}
	r, plan := b.access.current.Load(), b.planNow.Load()
	books, barring := b.access.listsNow(ctx, r)
	if !r.copy.Saved.IsZero() {
		b.access.memory.keepSwitches(r)
		kept := *r
		kept.copy.Phonebooks, kept.copy.Barring = books, barring // from which the number may be gone
		b.access.save(&kept)                                     // with how far its call list is known
	}
	done.left(left{What: leftCallList, Box: b.id})
	holds := func(c *tr064.Contact) bool {
		return slices.ContainsFunc(c.Numbers, func(p tr064.PhoneNumber) bool { return sameNumber(plan.Number(p.Number), n) })
	}
	for _, book := range books {
		if slices.ContainsFunc(book.Contacts, func(c tr064.Contact) bool { return holds(&c) }) {
			done.left(left{What: leftPhonebook, Box: b.id, Name: book.Name})
		}
	}
	if barring != nil && slices.ContainsFunc(barring.Contacts, func(c tr064.Contact) bool { return holds(&c) }) {
		done.left(left{What: leftBarring, Box: b.id})
	}
	if slices.ContainsFunc(r.deflections, func(d tr064.Deflection) bool {
		return sameNumber(plan.Number(d.Number), n) || sameNumber(plan.Number(d.To), n)
	}) {
		done.left(left{What: leftDeflection, Box: b.id})
	}
	if slices.ContainsFunc(r.messages, func(m tr064.Message) bool { return sameNumber(plan.Number(m.Number), n) }) {
		done.left(left{What: leftMessage, Box: b.id})
	}
}

// listsNow are phonebooks and call barring list as they are at this moment, or as
// they were last read where the box does not answer soon.
func (a *access) listsNow(ctx context.Context, r *reading) ([]*tr064.Phonebook, *tr064.Phonebook) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	books, err := a.client.AllPhonebooks(ctx, r.copy.Phonebooks)
	if err != nil {
		books = r.copy.Phonebooks
	}
	barring, err := a.client.Barring(ctx)
	if err != nil {
		barring = r.copy.Barring
	}
	return books, barring
}

// inLoop has the loop run f and waits until it has.
func (b *box) inLoop(ctx context.Context, f func()) {
	done := make(chan struct{})
	b.post(ctx, func() { f(); close(done) })
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// sameNumber reports whether two numbers are one.
func sameNumber(a, b call.Number) bool {
	if a.E164 != "" || b.E164 != "" {
		return a.E164 == b.E164
	}
	return a.Raw != "" && a.Raw == b.Raw
}

// concerns reports whether a number is a party of a call.
func concerns(c *call.Call, n call.Number) bool {
	return slices.ContainsFunc([]call.Number{c.Caller.Number, c.Caller.Network, c.Callee.Number, c.Callee.Network},
		func(m call.Number) bool { return sameNumber(m, n) })
}

// mentions reports whether a number is a party of a call or stands in a text of it.
func mentions(c *call.Call, n call.Number) bool {
	texts := []string{c.Caller.Name, c.Callee.Name, c.Verdict.Reason}
	for _, e := range c.Verdict.Evidence {
		texts = append(texts, e.Detail)
	}
	own := digitsOf(n.National)
	return concerns(c, n) || len(own) > 3 && slices.ContainsFunc(texts, func(t string) bool {
		return strings.Contains(digitsOf(t), strings.TrimLeft(own, "0"))
	})
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// past is what the journal knows of the time before.
type past struct {
	last    *call.Call
	missing int
	missed  []call.Call
	caller  call.Call
	err     error
}

// past asks the journal for the last call, who called last, the missed calls.
func (b *box) past(ctx context.Context) (p past) {
	if b.journal == nil {
		return p
	}
	last, found, err := b.journal.LastCall(ctx, b.id)
	if err == nil && found {
		p.last = &last
	}
	if err == nil {
		p.missing, p.missed, err = b.journal.Missed(ctx, b.id, maxMissed)
	}
	if err == nil {
		var page journal.Page
		page, err = b.journal.Calls(ctx, journal.Filter{Box: b.id, Direction: call.Incoming, Limit: 1})
		for _, e := range page.Entries {
			p.caller = e.Call
		}
	}
	p.err = err
	return p
}
