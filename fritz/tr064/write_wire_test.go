package tr064_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
)

const barring = "barring"

func contact(name string, numbers ...string) tr064.Contact {
	c := tr064.Contact{Name: name}
	for _, n := range numbers {
		c.Numbers = append(c.Numbers, tr064.PhoneNumber{Number: n})
	}
	return c
}

// shown is a phonebook of the box in one line, entry by entry.
func shown(t *testing.T, b *fritztest.Box, book string) string {
	t.Helper()
	var all []string
	for _, c := range must[[]fritztest.Contact](t)(b.Contacts(book)) {
		s := c.Name
		for _, n := range c.Numbers {
			s += " " + n.Number
		}
		all = append(all, s)
	}
	return strings.Join(all, " | ")
}

func TestAddChangeRemove(t *testing.T) {
	b := simulated(t)
	if err := b.AddContact("Telefonbuch", fritztest.Contact{Name: "Oma", Image: "/download.lua?path=/oma.jpg", Emails: []string{"oma@example.org"},
		Numbers: []fritztest.PhoneNumber{{Number: "030 23125-456", Type: "home", Main: true, Quick: "7", Vanity: "OMA"}}}); err != nil {
		t.Fatal(err)
	}
	c := client(t, b, tr064.Options{})
	ref := tr064.BookRef{Name: "Telefonbuch"}
	added := must[tr064.Change](t)(c.AddContact(t.Context(), ref, contact(`Bäcker "Süß" & Söhne <1>`, "+49 30 23125901", "0301234*")))
	if added.Kind != tr064.ContactAdded || added.UID == 0 || added.Before != "" || !strings.Contains(added.After, "Bäcker") || added.Book.Name != "Telefonbuch" {
		t.Errorf("%+v", added)
	}
	if got := shown(t, b, "Telefonbuch"); got != `Oma 030 23125-456 | Bäcker "Süß" & Söhne <1> +49 30 23125901 0301234*` {
		t.Error(got)
	}
	writes := state(b).Writes
	for _, same := range []tr064.Contact{contact("again", "03023125901"), contact("other spelling", "23125901"), contact("Oma", "0049 30 23125456")} {
		if again := must[tr064.Change](t)(c.AddContact(t.Context(), ref, same)); !again.None() {
			t.Errorf("%+v", again)
		}
	}
	if state(b).Writes != writes {
		t.Error("written again")
	}

	// A change keeps what else its owner has put there; so does its undoing.
	oma := must[[]fritztest.Contact](t)(b.Contacts("Telefonbuch"))[0]
	want := tr064.Contact{Name: "Großmutter", VIP: true, Numbers: []tr064.PhoneNumber{{Number: "030 23125-456", Type: "home", Main: true}, {Number: "01713920055", Type: "mobile"}}}
	changed := must[tr064.Change](t)(c.ChangeContact(t.Context(), ref, uint32(oma.UID), want))
	now := must[[]fritztest.Contact](t)(b.Contacts("Telefonbuch"))[0]
	if now.Name != "Großmutter" || !now.VIP || now.UID != oma.UID || len(now.Emails) != 1 || now.Image != oma.Image || len(now.Numbers) != 2 || now.Numbers[0].Quick != "7" || now.Numbers[0].Vanity != "OMA" {
		t.Errorf("%+v", now)
	}
	if again := must[tr064.Change](t)(c.ChangeContact(t.Context(), ref, uint32(oma.UID), want)); !again.None() {
		t.Errorf("%+v", again)
	}
	back := must[tr064.Change](t)(c.Undo(t.Context(), stored(t, changed)))
	if now = must[[]fritztest.Contact](t)(b.Contacts("Telefonbuch"))[0]; now.Name != "Oma" || now.VIP || len(now.Emails) != 1 || len(now.Numbers) != 1 || now.Numbers[0].Quick != "7" {
		t.Errorf("%+v", now)
	}
	if back.Kind != tr064.ContactChanged || !strings.Contains(back.Before, "Großmutter") {
		t.Errorf("%+v", back)
	}

	removed := must[tr064.Change](t)(c.RemoveContact(t.Context(), ref, uint32(oma.UID)))
	if again := must[tr064.Change](t)(c.RemoveContact(t.Context(), ref, uint32(oma.UID))); !again.None() {
		t.Errorf("%+v", again)
	}
	restored := must[tr064.Change](t)(c.Undo(t.Context(), stored(t, removed)))
	all := must[[]fritztest.Contact](t)(b.Contacts("Telefonbuch"))
	if now = all[len(all)-1]; now.Name != "Oma" || len(now.Emails) != 1 || now.Numbers[0].Quick != "7" || restored.Kind != tr064.ContactAdded {
		t.Errorf("%+v", now)
	}
	if twice := must[tr064.Change](t)(c.Undo(t.Context(), removed)); !twice.None() {
		t.Errorf("%+v", twice)
	}
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, added)))
	if got := shown(t, b, "Telefonbuch"); got != "Oma 030 23125-456" {
		t.Error(got)
	}
	if twice := must[tr064.Change](t)(c.Undo(t.Context(), added)); !twice.None() {
		t.Errorf("%+v", twice)
	}
}

// stored is a change as it comes back from a journal.
func stored(t *testing.T, c tr064.Change) (back tr064.Change) {
	t.Helper()
	text := must[[]byte](t)(json.Marshal(c))
	if err := json.Unmarshal(text, &back); err != nil || back != c {
		t.Fatalf("%s: %+v, %v", text, back, err)
	}
	return back
}

func TestUndoAfterSomebodyElse(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	added := must[tr064.Change](t)(c.AddContact(t.Context(), tr064.BookRef{}, contact("X", "06990009050")))
	must[tr064.Change](t)(c.ChangeContact(t.Context(), tr064.BookRef{}, added.UID, contact("somebody's", "06990009050")))
	if _, err := c.Undo(t.Context(), added); !errors.Is(err, tr064.ErrChanged) {
		t.Error(err)
	}
	if got := shown(t, b, "Telefonbuch"); got != "somebody's 06990009050" {
		t.Error(got)
	}
}

func TestRemoveNumber(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	ref := tr064.BookRef{Name: "Telefonbuch"}
	for _, k := range []tr064.Contact{contact("two", "06990009050", "06990009051"), contact("one", "06990009060")} {
		must[tr064.Change](t)(c.AddContact(t.Context(), ref, k))
	}
	if err := b.AddContact("Telefonbuch", fritztest.Contact{Name: "twin", Numbers: []fritztest.PhoneNumber{{Number: "+49 69 90009050"}}}); err != nil {
		t.Fatal(err)
	}
	changes := must[[]tr064.Change](t)(c.RemoveNumber(t.Context(), ref, "069 90009050"))
	if len(changes) != 2 || changes[0].Kind != tr064.ContactChanged || changes[1].Kind != tr064.ContactRemoved {
		t.Errorf("%+v", changes)
	}
	if got := shown(t, b, "Telefonbuch"); got != "two 06990009051 | one 06990009060" {
		t.Error(got)
	}
	if none := must[[]tr064.Change](t)(c.RemoveNumber(t.Context(), ref, "06990009050")); len(none) != 0 {
		t.Errorf("%+v", none)
	}
}

func TestWrongBooks(t *testing.T) {
	b := simulated(t)
	b.AddPhonebook(fritztest.Phonebook{Name: "Google", Synced: true})
	b.AddPhonebook(fritztest.Phonebook{Name: "voll"})
	if err := b.FillPhonebook("voll", 5); err != nil {
		t.Fatal(err)
	}
	c := client(t, b, tr064.Options{Capacity: 5})
	before := state(b).Writes
	for ref, want := range map[tr064.BookRef]error{
		{Name: "Google"}: tr064.ErrSynced, {Name: "gone"}: tr064.ErrNoSuchBook, {Index: 17}: tr064.ErrNoSuchBook, {Name: "voll"}: tr064.ErrFull,
	} {
		if change, err := c.AddContact(t.Context(), ref, contact("X", "06990009050")); !errors.Is(err, want) || !change.None() {
			t.Errorf("%+v: %+v, %v", ref, change, err)
		}
	}
	for _, bad := range []tr064.Contact{contact("none"), contact("blank", " "), contact("long", strings.Repeat("1", 200))} {
		if _, err := c.AddContact(t.Context(), tr064.BookRef{}, bad); tr064.ReasonOf(err) != tr064.BadArgument {
			t.Error(err)
		}
	}
	if state(b).Writes != before {
		t.Error("something was written")
	}
	// Places move; by its name the book is found where it is now.
	b.AddPhonebook(fritztest.Phonebook{Name: "Sperre"})
	sperre := tr064.BookRef{Name: "Sperre"}
	must[tr064.Change](t)(c.AddContact(t.Context(), sperre, contact("X", "06990009050")))
	if err := b.RemovePhonebook("voll"); err != nil {
		t.Fatal(err)
	}
	must[tr064.Change](t)(c.AddContact(t.Context(), sperre, contact("Y", "06990009051")))
	if got := shown(t, b, "Sperre"); got != "X 06990009050 | Y 06990009051" {
		t.Error(got)
	}
}

func TestBarring(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	barred := must[tr064.Change](t)(c.Bar(t.Context(), "SPAM 92: PhoneBlock 46 reports, 2026-11-21", "06990009050"))
	if barred.Kind != tr064.BarringAdded || barred.UID == 0 {
		t.Errorf("%+v", barred)
	}
	if again := must[tr064.Change](t)(c.Bar(t.Context(), "again", "+49 69 90009050")); !again.None() {
		t.Errorf("%+v", again)
	}
	must[tr064.Change](t)(c.Bar(t.Context(), "range", "0800123*"))
	if again := must[tr064.Change](t)(c.Bar(t.Context(), "range again", "+49 800 123*")); !again.None() {
		t.Errorf("%+v", again)
	}
	list := must[*tr064.Phonebook](t)(c.Barring(t.Context()))
	if list.Owner != 258 || len(list.Contacts) != 2 || !list.Contacts[1].Numbers[0].Wildcard() {
		t.Errorf("%+v", list)
	}
	// The box takes duplicates from others: all of them go.
	if err := b.AddContact(barring, fritztest.Contact{Name: "twin", Numbers: []fritztest.PhoneNumber{{Number: "06990009050"}}}); err != nil {
		t.Fatal(err)
	}
	gone := must[[]tr064.Change](t)(c.Unbar(t.Context(), "069 90009050"))
	if len(gone) != 2 || state(b).Barred != 1 {
		t.Errorf("%+v, %d left", gone, state(b).Barred)
	}
	back := must[tr064.Change](t)(c.Undo(t.Context(), stored(t, gone[0])))
	if got := shown(t, b, barring); back.Kind != tr064.BarringAdded || got != "range 0800123* | SPAM 92: PhoneBlock 46 reports, 2026-11-21 06990009050" {
		t.Errorf("%q, %+v", got, back)
	}
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, back)))
	if got := shown(t, b, barring); got != "range 0800123*" {
		t.Error(got)
	}
}

func TestDeflections(t *testing.T) {
	b := simulated(t)
	b.AddDeflection(fritztest.Deflection{Type: "fromNumber", Number: "06990009040", To: "06990009041"})
	b.AddDeflection(fritztest.Deflection{Type: "fromNumber", Number: "06990009042", To: "06990009041"})
	c := client(t, b, tr064.Options{})
	rules := must[[]tr064.Deflection](t)(c.Deflections(t.Context()))
	if len(rules) != 2 || rules[1].Number != "06990009042" || rules[1].Enabled {
		t.Fatalf("%+v", rules)
	}
	change := must[tr064.Change](t)(c.SwitchDeflection(t.Context(), rules[1], true))
	if !b.Deflections()[1].Enabled || change.Kind != tr064.DeflectionSet {
		t.Errorf("%+v", change)
	}
	if again := must[tr064.Change](t)(c.SwitchDeflection(t.Context(), rules[1], true)); !again.None() {
		t.Errorf("%+v", again)
	}
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, change)))
	if b.Deflections()[1].Enabled {
		t.Error("still on")
	}
	b.RemoveDeflection(0) // now the other rule is at place 0, and nothing at 1
	writes := state(b).Writes
	for _, rule := range rules {
		if change, err := c.SwitchDeflection(t.Context(), rule, true); !errors.Is(err, tr064.ErrChanged) || !change.None() {
			t.Errorf("%+v, %v", change, err)
		}
	}
	if state(b).Writes != writes || b.Deflections()[0].Enabled {
		t.Error("the wrong rule was switched")
	}
}

func TestAnsweringMachines(t *testing.T) {
	b := simulated(t)
	b.Voicemail("06990009040", "23125069", 40, fritztest.Course{})
	b.Voicemail("", "23125069", 40, fritztest.Course{})
	c := client(t, b, tr064.Options{})
	machines := must[[]tr064.AnsweringMachine](t)(c.AnsweringMachines(t.Context()))
	if len(machines) != 1 || machines[0] != (tr064.AnsweringMachine{Name: "Anrufbeantworter 1", Enabled: true}) {
		t.Fatalf("%+v", machines)
	}
	change := must[tr064.Change](t)(c.SwitchAnsweringMachine(t.Context(), machines[0], false))
	if state(b).Machines[0].Enabled || change.Kind != tr064.MachineSet {
		t.Errorf("%+v", change)
	}
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, change)))
	if !state(b).Machines[0].Enabled {
		t.Error("still off")
	}
	if _, err := c.SwitchAnsweringMachine(t.Context(), tr064.AnsweringMachine{Name: "another"}, false); !errors.Is(err, tr064.ErrChanged) {
		t.Error(err)
	}

	messages := must[[]tr064.Message](t)(c.Messages(t.Context(), 0))
	if len(messages) != 2 || messages[0].Number != "" || messages[1].Number != "06990009040" || !messages[1].New || messages[1].Duration == 0 || messages[1].Date.IsZero() {
		t.Fatalf("%+v", messages)
	}
	read := must[tr064.Change](t)(c.MarkMessage(t.Context(), messages[1], true))
	if state(b).Machines[0].New != 1 || read.Kind != tr064.MessageMarked {
		t.Errorf("%+v", read)
	}
	if again := must[tr064.Change](t)(c.MarkMessage(t.Context(), messages[1], true)); !again.None() {
		t.Errorf("%+v", again)
	}
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, read)))
	if state(b).Machines[0].New != 2 {
		t.Error("not new again")
	}
	deleted := must[tr064.Change](t)(c.DeleteMessage(t.Context(), messages[1]))
	if state(b).Machines[0].Messages != 1 || !strings.Contains(deleted.Before, "06990009040") {
		t.Errorf("%+v", deleted)
	}
	if again := must[tr064.Change](t)(c.DeleteMessage(t.Context(), messages[1])); !again.None() {
		t.Errorf("%+v", again)
	}
	if _, err := c.Undo(t.Context(), deleted); !errors.Is(err, tr064.ErrCannotUndo) || errorOf(t, err).Hint(call.German) == "" {
		t.Error(err)
	}
	other := messages[0]
	other.Number = "06990009099"
	if _, err := c.DeleteMessage(t.Context(), other); !errors.Is(err, tr064.ErrChanged) {
		t.Error(err)
	}
}

func TestDial(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	phones := must[[]string](t)(c.DialPhones(t.Context()))
	if len(phones) < 3 {
		t.Fatalf("%q", phones)
	}
	before := must[string](t)(c.DialPhone(t.Context()))
	other := phones[len(phones)-1]
	changes := must[[]tr064.Change](t)(c.Dial(t.Context(), other, "+49 30 23125-456"))
	if len(changes) != 2 || changes[0].Kind != tr064.DialPhoneSet || changes[1] != (tr064.Change{Kind: tr064.NumberDialled, After: "004930231254" + "56"}) {
		t.Errorf("%+v", changes)
	}
	if calls := b.State().Calls; len(calls) != 1 || calls[0].Called != "00493023125456" {
		t.Errorf("%+v", calls)
	}
	if _, err := c.Hangup(t.Context()); err != nil || len(b.State().Calls) != 0 {
		t.Error(err, b.State().Calls)
	}
	must[tr064.Change](t)(c.Undo(t.Context(), stored(t, changes[0])))
	if now := must[string](t)(c.DialPhone(t.Context())); now != before {
		t.Error(now)
	}
	for _, bad := range []string{"", "+", "abc", "030 231;25", strings.Repeat("1", 40)} {
		if _, err := c.Dial(t.Context(), "", bad); tr064.ReasonOf(err) != tr064.BadArgument {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
