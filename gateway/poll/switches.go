package poll

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/mqtt/document"
)

// Switches are the box's switches as the settings topic shows them.
func (s *Snapshot) Switches(l call.Language) document.Switches {
	var all document.Switches
	for _, d := range s.Rules() {
		all.Deflections = append(all.Deflections, document.Switch{ID: d.ID, Name: deflectionName(d, s.Plan, l), On: d.Enabled})
	}
	for _, m := range s.Machines {
		all.AnsweringMachines = append(all.AnsweringMachines, document.Switch{ID: m.Index, Name: m.Name, On: m.Enabled})
	}
	return all
}

// Rules are the diversions, without the numbers that were forgotten: the rule is the
// box's, and only there it keeps them.
func (s *Snapshot) Rules() []tr064.Deflection {
	rules := slices.Clone(s.Deflections)
	for i := range rules {
		d := &rules[i]
		for _, number := range []*string{&d.Number, &d.To} {
			if s.hidden != nil && s.hidden(s.Plan.Number(*number)) {
				*number = ""
			}
		}
	}
	return rules
}

// deflectionName says what a rule does: "withheld → 030 23125069".
func deflectionName(d tr064.Deflection, p *call.Plan, l call.Language) string {
	shown := func(number string) string {
		if n := p.Number(number); n.E164 != "" {
			return n.National
		}
		return number
	}
	whose := shown(d.Number)
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
	whose = cmp.Or(whose, l.Pick("rule ", "Regel ")+strconv.Itoa(d.ID+1))
	switch {
	case d.Mode == "eBellBlockade":
		return whose + l.Pick(": silent", ": stumm")
	case d.To == "":
		return whose
	}
	return whose + " → " + shown(d.To)
}

// Voicemail are the messages as the voicemail topic shows them, newest first. Who was
// forgotten after a message was left is not named.
func (s *Snapshot) Voicemail(forgotten func(n call.Number, since time.Time) bool) []document.VoiceMessage {
	all := make([]document.VoiceMessage, len(s.Messages))
	for i, m := range s.Messages {
		own, msn := s.Plan.Own(m.Called)
		caller := s.Plan.CallerAt(m.Number, own.Number)
		if forgotten(caller.Number, m.Date) {
			caller, m.Name = call.Party{}, ""
		}
		if caller.Name = strings.TrimSpace(s.Contacts.Named(caller.Number, m.Name)); caller.Name == "" && !caller.Number.Withheld() {
			caller.Name = s.Contacts.Name(caller.Number)
		}
		all[i] = document.VoiceMessage{Machine: m.Machine, Message: m.Index, New: m.New, Call: call.Call{
			Direction: call.Incoming, Phase: call.Ended, Outcome: call.AnsweringMachine,
			Caller: caller, Callee: own, MSN: msn, Started: m.Date, Talk: m.Duration,
		}}
	}
	return all
}

// BookList are the phonebooks as the health topic shows them.
func (s *Snapshot) BookList(l call.Language) []document.Phonebook {
	var books []document.Phonebook
	unreadable := s.Unreadable()
	for _, p := range s.Copy.Phonebooks {
		book := document.Phonebook{Name: p.Name, Entries: len(p.Contacts), Read: s.Copy.Saved}
		if i := slices.IndexFunc(unreadable, func(u Unreadable) bool { return u.is(p.Index, p.Name) }); i >= 0 {
			book.Read, book.Reason, book.Hint = unreadable[i].Read, string(unreadable[i].Error().Reason), unreadable[i].Hint(l)
			unreadable = slices.Delete(unreadable, i, i+1)
		}
		books = append(books, book)
	}
	for _, u := range unreadable { // of which nothing is known from before
		books = append(books, document.Phonebook{Name: u.Title(l), Reason: string(u.Error().Reason), Hint: u.Hint(l)})
	}
	return books
}

// Phones are the names of the phones, by their extension.
func (s *Snapshot) Phones() map[call.Extension]string {
	phones := make(map[call.Extension]string, len(s.Copy.Phones))
	for _, p := range s.Copy.Phones {
		phones[p.Extension] = p.Name
	}
	return phones
}
