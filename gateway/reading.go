package gateway

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/document"
)

// reading is what was read of a box at one time. It never changes.
type reading struct {
	copy        tr064.Copy
	deflections []tr064.Deflection
	machines    []tr064.AnsweringMachine
	messages    []tr064.Message
	calls       []tr064.CallEntry // new in the call list, oldest first
	epoch       bool              // the call list has begun anew
	listed      bool              // the call list was read
	anew        bool              // it is to be read as a whole, for a new journal
	retired     []string          // keys of switches that may be gone, for Home Assistant

	at, since time.Time // when it was read, and since when it is as good or bad
	problem   error     // the first thing that could not be read
	lasting   error     // the same of what is read with everything only
	broken    bool      // nothing could be read at all

	pieces [parts]piece             // how reading each part went
	hidden func(number string) bool // numbers that were forgotten; nil = none
}

// down reports whether there is no way into the box.
func (r *reading) down() bool { return r.broken }

// read asks the box; whole = for everything, not only for what changes with calls.
// What cannot be read stays as it was last.
func (a *access) read(ctx context.Context, whole bool) *reading {
	before := a.current.Load()
	r := *before
	r.at, r.problem, r.broken, r.calls, r.epoch, r.listed, r.anew = a.now(), nil, false, nil, false, false, false
	r.hidden = a.hidden
	worked := false
	try := func(what string, p part, f func() error) {
		switch {
		case ctx.Err() != nil:
			return
		case r.broken:
			_ = r.note(p, r.at, r.problem)
			return
		}
		err := r.note(p, r.at, f())
		switch reason := tr064.ReasonOf(err); {
		case err == nil:
			worked = true
		case reason == tr064.NotAvailable || reason == tr064.CallListOff:
			worked = true
			a.log.Debug("not read from the box", "what", what, "reason", string(reason))
		case reason == tr064.RightMissing:
			worked = true
			r.fault(err)
		default:
			r.fault(err)
			r.broken = !worked || reason == tr064.Silent || reason == tr064.LockedOut || reason == tr064.BadCredentials
		}
	}
	if whole {
		a.readWhole(ctx, &r, try)
		r.lasting = r.problem
	}
	try("call list", noPart, func() (err error) {
		r.calls, r.copy.Calls, r.epoch, err = a.client.CallsSince(ctx, r.copy.Calls)
		r.listed = err == nil
		return err
	})
	try("diversions", theDeflections, func() error { return keep(&r.deflections)(a.client.Deflections(ctx)) })
	try("answering machines", theMachines, func() error { return keep(&r.machines)(a.client.AnsweringMachines(ctx)) })
	try("voice messages", theMessages, func() error {
		if fault := r.pieces[theMachines].fault; fault != nil {
			return fault
		}
		var all []tr064.Message
		for _, m := range r.machines {
			some, err := a.client.Messages(ctx, m.Index)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		r.messages = newestFirst(all)
		return nil
	})
	r.fault(r.lasting)
	if before.at.IsZero() || (before.problem == nil) != (r.problem == nil) || before.broken != r.broken ||
		tr064.ReasonOf(before.problem) != tr064.ReasonOf(r.problem) {
		r.since = r.at
		a.tell(&r, !before.at.IsZero())
	}
	return &r
}

func (a *access) readWhole(ctx context.Context, r *reading, try func(string, part, func() error)) {
	try("device", noPart, func() (err error) { return keep(&r.copy.Device)(a.client.Device(ctx)) })
	try("telephony", noPart, func() error { return keep(&r.copy.Telephony)(a.client.Telephony(ctx)) })
	try("phones", noPart, func() error { return keep(&r.copy.Phones)(a.client.Phones(ctx)) })
	try("phonebooks", theBooks, func() error { return keep(&r.copy.Phonebooks)(a.client.AllPhonebooks(ctx, r.copy.Phonebooks)) })
	try("call barring", theBarring, func() error { return keep(&r.copy.Barring)(a.client.Barring(ctx)) })
	if !r.broken {
		r.copy.Saved = r.at
	}
}

// keep takes a value over unless it came with an error.
func keep[T any](into *T) func(T, error) error {
	return func(v T, err error) error {
		if err == nil {
			*into = v
		}
		return err
	}
}

func (r *reading) fault(err error) {
	if r.problem == nil {
		r.problem = err
	}
}

// tell logs the beginning and the end of an outage, once each.
func (a *access) tell(r *reading, again bool) {
	switch {
	case r.broken:
		a.log.Warn("no access to the box", "reason", string(tr064.ReasonOf(r.problem)), "error", r.problem)
	case r.problem != nil:
		a.log.Warn("access to the box is limited", "reason", string(tr064.ReasonOf(r.problem)), "error", r.problem)
	case again:
		a.log.Info("access to the box is there again")
	default:
		a.log.Info("access to the box", "model", r.copy.Device.Model, "firmware", r.copy.Device.Version, "phonebooks", len(r.copy.Phonebooks))
	}
}

// roles are the roles of phonebooks, by name or index.
type roles map[tr064.BookRef]phonebook.Role

// rolesOf are the roles of phonebooks as configured.
func rolesOf(c config.Box) *roles {
	roles := roles{}
	for role, books := range map[phonebook.Role][]string{phonebook.Trusted: c.Trusted, phonebook.Blocked: c.Blocked, phonebook.Ignore: c.Ignored} {
		for _, book := range books {
			roles[bookRef(book)] = role
		}
	}
	return &roles
}

// bookRef reads the name or the index of a phonebook.
func bookRef(s string) tr064.BookRef {
	if i, err := strconv.Atoi(s); err == nil && i >= 0 && i < 1000 {
		return tr064.BookRef{Index: i}
	}
	return tr064.BookRef{Name: s}
}

// contacts are phonebooks made ready for looking numbers up, and of what they were
// made. With ten thousand entries that takes a while, so no loop does it.
type contacts struct {
	*phonebook.Directory
	plan  *call.Plan
	roles *roles
	books []*tr064.Phonebook
}

// sort makes contacts of what was read, unless they are what they were.
func (a *access) sort(p *call.Plan, r *reading) contacts {
	c := contacts{plan: p, roles: a.roles.Load(), books: r.copy.Phonebooks}
	if s := a.sorted; s.plan == c.plan && s.roles == c.roles && slices.Equal(s.books, c.books) {
		return s
	}
	roles := make([]phonebook.Role, len(c.books))
	for i, book := range c.books {
		roles[i] = phonebook.RoleOf(book, *c.roles)
	}
	c.Directory = phonebook.NewDirectory(p, c.books, roles)
	a.sorted = c
	return c
}

// switches are the box's switches as the settings topic shows them.
func (r *reading) switches(l call.Language) document.Switches {
	var s document.Switches
	for _, d := range r.rules() {
		s.Deflections = append(s.Deflections, document.Switch{ID: d.ID, Name: deflectionName(d, l), On: d.Enabled})
	}
	for _, m := range r.machines {
		s.AnsweringMachines = append(s.AnsweringMachines, document.Switch{ID: m.Index, Name: m.Name, On: m.Enabled})
	}
	return s
}

// rules are the diversions, without the numbers that were forgotten: the rule is the
// box's, and only there it keeps them.
func (r *reading) rules() []tr064.Deflection {
	rules := slices.Clone(r.deflections)
	for i := range rules {
		d := &rules[i]
		for _, number := range []*string{&d.Number, &d.To} {
			if r.hidden != nil && r.hidden(*number) {
				*number = ""
			}
		}
	}
	return rules
}

// deflectionName says what a rule does: "withheld → 030 23125069". The numbers are
// those of the household, as the box shows them.
func deflectionName(d tr064.Deflection, l call.Language) string {
	whose := d.Number
	switch d.Type {
	case "fromAnonymous":
		whose = l.Pick("withheld", "unterdrückt")
	case "fromAll", "toAny":
		whose = l.Pick("all", "alle")
	case "fromNotInPhonebook":
		whose = l.Pick("unknown", "unbekannt")
	case "fromPB":
		whose = d.Phonebook
	case "fromVIP":
		whose = "VIP"
	}
	if whose == "" {
		whose = l.Pick("rule ", "Regel ") + strconv.Itoa(d.ID+1)
	}
	switch {
	case d.Mode == "eBellBlockade":
		return whose + l.Pick(": silent", ": stumm")
	case d.To == "":
		return whose
	}
	return whose + " → " + d.To
}

// voicemail are the messages as the voicemail topic shows them, newest first.
func (b *box) voicemail(r *reading) []document.VoiceMessage {
	all := make([]document.VoiceMessage, len(r.messages))
	for i, m := range r.messages {
		own, msn := b.plan.Own(m.Called)
		caller := b.plan.CallerAt(m.Number, own.Number)
		if b.gone.knows(caller.Number, m.Date) {
			caller, m.Name = call.Party{}, ""
		}
		if caller.Name = strings.TrimSpace(named(m.Name)); caller.Name == "" && b.tracker.Name != nil && !caller.Number.Withheld() {
			caller.Name = b.tracker.Name(caller.Number)
		}
		all[i] = document.VoiceMessage{Machine: m.Machine, Message: m.Index, New: m.New, Call: call.Call{
			Direction: call.Incoming, Phase: call.Ended, Outcome: call.AnsweringMachine,
			Caller: caller, Callee: own, MSN: msn, Started: m.Date, Talk: m.Duration,
		}}
	}
	return all
}
