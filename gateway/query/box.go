package query

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// boxAnswerer answers questions about one box.
type boxAnswerer struct {
	*Answerer
	poller   *poll.Poller
	snapshot *poll.Snapshot // the one when the question came
}

// access is the state of the access to a box, as an answer about the box shows it.
type access struct {
	State  string    `json:"state"` // up, down, connecting
	Reason string    `json:"reason"`
	Text   string    `json:"text"` // the reason in words
	Hint   string    `json:"hint"`
	Read   time.Time `json:"read"` // when the data of the answer was read
	Old    bool      `json:"old"`  // the last attempt to read the data failed
}

// access returns the state of the access and when a part of the box was read. It refuses a
// part that was never read.
func (b *boxAnswerer) access(part poll.Part) (access, *order.Refusal) {
	s := b.snapshot
	state := access{State: "up", Read: inZone(s.Freshness(part).Read, s.Box.Location()), Old: b.poller.Old(s, part)}
	switch {
	case s.At.IsZero():
		state.State = "connecting"
	case s.Down:
		state.State = "down"
	}
	if refused := s.Unread(part); refused != nil {
		return state, refused
	}
	fault := s.Fault(part)
	if fault == nil {
		return state, nil
	}
	state.Reason = string(tr064.ReasonOf(fault))
	var e *tr064.Error
	if errors.As(fault, &e) {
		state.Text, state.Hint = e.Message(b.Language), e.Hint(b.Language)
	}
	return state, nil
}

// phonebooks returns the phonebooks of the box and its call barring list.
func (b *boxAnswerer) phonebooks(a *arguments) (any, *order.Refusal) {
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	type bookAnswer struct {
		Index   int    `json:"index"`
		Name    string `json:"name"`
		Entries int    `json:"entries"`
		Role    string `json:"role"`
		Synced  bool   `json:"synced"` // belongs to an online account: cannot be written
		Barring bool   `json:"barring"`
		Reason  string `json:"reason,omitempty"` // why it cannot be read now
		Text    string `json:"text,omitempty"`   // the same in words
	}
	snapshot := b.snapshot
	state, refused := b.access(poll.Phonebooks)
	if refused != nil {
		return nil, refused
	}
	books := []bookAnswer{}
	add := func(p *tr064.Phonebook) {
		books = append(books, bookAnswer{Index: p.Index, Name: p.Name, Entries: len(p.Contacts), Role: b.poller.Role(p).String(), Synced: p.Synced})
	}
	for _, p := range snapshot.Copy.Phonebooks {
		add(p)
	}
	for _, u := range snapshot.Unreadable() {
		i := slices.IndexFunc(books, func(a bookAnswer) bool { return a.Index == u.Index && a.Name == u.Name })
		if i < 0 { // nothing is known of it from before
			i = len(books)
			add(&tr064.Phonebook{Index: u.Index, Name: u.Title(b.Language)})
		}
		books[i].Reason, books[i].Text = string(u.Error().Reason), u.Message(b.Language)
	}
	slices.SortStableFunc(books, func(x, y bookAnswer) int { return x.Index - y.Index })
	if p := snapshot.Copy.Barring; p != nil {
		books = append(books, bookAnswer{Index: p.Index, Name: p.Name, Entries: len(p.Contacts), Role: phonebook.Blocked.String(), Barring: true})
	}
	return map[string]any{"access": state, "phonebooks": books}, nil
}

// contact is a contact of a phonebook. Its numbers are spelled as their owner typed them.
type contact struct {
	Book    string          `json:"phonebook"`
	Index   int             `json:"phonebook_index"`
	UID     uint32          `json:"uid"`
	Name    string          `json:"name"`
	VIP     bool            `json:"vip"`
	Numbers []contactNumber `json:"numbers"`
}

type contactNumber struct {
	Number string `json:"number"`
	E164   string `json:"e164"`
	Type   string `json:"type"`
	Main   bool   `json:"main"`
	// Display is the number as people write it.
	Display string `json:"display"`
}

// contacts returns the contacts of one phonebook or of all. The argument find keeps those
// that have it in their name, or in a number in any spelling. The phonebook "barring" is
// the call barring list.
func (b *boxAnswerer) contacts(a *arguments) (any, *order.Refusal) {
	name, find := a.text("phonebook"), strings.TrimSpace(a.text("find"))
	from, limit := a.number("from", 0, 1_000_000, 0), a.number("limit", 1, 10*defaultLimit, defaultLimit)
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	snapshot, plan := b.snapshot, b.snapshot.Plan
	part := poll.Phonebooks
	if name == "barring" {
		part = poll.Barring
	}
	state, refused := b.access(part)
	if refused != nil {
		return nil, refused
	}
	books := slices.Clone(snapshot.Copy.Phonebooks)
	if name != "" {
		ref := poll.BookRef(name)
		books = slices.DeleteFunc(books, func(p *tr064.Phonebook) bool {
			return ref.Name != "" && p.Name != ref.Name || ref.Name == "" && p.Index != ref.Index
		})
		if name == "barring" && snapshot.Copy.Barring != nil {
			books = []*tr064.Phonebook{snapshot.Copy.Barring}
		}
		if len(books) == 0 {
			return nil, refusal.NoSuchBook
		}
	}
	matches := contactFilter(plan, find)
	var all []contact
	for _, p := range books {
		for i := range p.Contacts {
			c := &p.Contacts[i]
			if !matches(c) {
				continue
			}
			answer := contact{p.Name, p.Index, c.UID, c.Name, c.VIP, []contactNumber{}}
			for _, n := range c.Numbers {
				answer.Numbers = append(answer.Numbers, contactNumber{n.Number, plan.Dialled(n.Number).E164, n.Type, n.Main, orders.Shown(plan, n.Number)})
			}
			all = append(all, answer)
		}
	}
	page, next := pageOf(all, from, limit)
	return map[string]any{"access": state, "contacts": page, "next": next, "total": len(all)}, nil
}

// contactFilter returns a function that reports whether a contact matches the text.
func contactFilter(plan *call.Plan, text string) func(*tr064.Contact) bool {
	if text == "" {
		return func(*tr064.Contact) bool { return true }
	}
	lower, digits := strings.ToLower(text), ""
	var number call.Number
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		digits, number = call.Digits(text), plan.Number(text)
	}
	return func(c *tr064.Contact) bool {
		return strings.Contains(strings.ToLower(c.Name), lower) || digits != "" && slices.ContainsFunc(c.Numbers, func(n tr064.PhoneNumber) bool {
			return strings.Contains(call.Digits(n.Number), digits) || number.E164 != "" && plan.Dialled(n.Number).E164 == number.E164
		})
	}
}

// voicemail returns the messages of the answering machines.
func (b *boxAnswerer) voicemail(a *arguments) (any, *order.Refusal) {
	from, limit := a.number("from", 0, 1_000_000, 0), a.number("limit", 1, 10*defaultLimit, defaultLimit)
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	type messageAnswer struct {
		Machine int       `json:"machine"`
		Message int       `json:"message"`
		New     bool      `json:"new"`
		Number  string    `json:"number"`
		Display string    `json:"display"`
		Name    string    `json:"name"`
		Own     string    `json:"own"`
		Date    time.Time `json:"date"`
		Seconds int       `json:"seconds"`
	}
	state, refused := b.access(poll.Messages)
	if refused != nil {
		return nil, refused
	}
	messages := b.snapshot.Voicemail(b.Forgotten)
	all, unread := make([]messageAnswer, len(messages)), 0
	for i, m := range messages {
		n := m.Call.Caller.Number
		all[i] = messageAnswer{m.Machine, m.Message, m.New, n.Full(), n.National, m.Call.Caller.Name,
			m.Call.Callee.Number.National, m.Call.Started, int(m.Call.Talk / time.Second)}
		if m.New {
			unread++
		}
	}
	page, next := pageOf(all, from, limit)
	return map[string]any{"access": state, "new": unread, "total": len(all), "messages": page, "next": next}, nil
}

// switches returns the call deflections and the answering machines. The argument only names
// one of the two lists; what is known of the other does not count then.
func (b *boxAnswerer) switches(a *arguments) (any, *order.Refusal) {
	only := a.text("only")
	if only != "" && only != "deflections" && only != "answering_machines" {
		a.invalid("only", call.Text{"deflections or answering_machines", "deflections oder answering_machines"})
	}
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	type switchAnswer struct {
		ID     int    `json:"id"`
		Name   string `json:"name"`
		On     bool   `json:"on"`
		Type   string `json:"type,omitempty"`
		Number string `json:"number,omitempty"`
		To     string `json:"to,omitempty"`
		Mode   string `json:"mode,omitempty"`
	}
	snapshot := b.snapshot
	state, refused := b.access(poll.Deflections)
	if other, missing := b.access(poll.Machines); only == "answering_machines" ||
		only == "" && refused == nil && (missing != nil || !state.Old && other.Old) {
		state, refused = other, missing
	}
	if refused != nil {
		return nil, refused
	}
	named := snapshot.Switches(b.Language)
	deflections, machines := []switchAnswer{}, []switchAnswer{}
	for i, d := range snapshot.Deflections {
		deflections = append(deflections, switchAnswer{d.ID, named.Deflections[i].Name, d.Enabled, d.Type, d.Number, d.To, d.Mode})
	}
	for _, m := range snapshot.Machines {
		machines = append(machines, switchAnswer{ID: m.Index, Name: m.Name, On: m.Enabled})
	}
	return map[string]any{"access": state, "deflections": deflections, "answering_machines": machines}, nil
}

// phones returns the phones that the dialling aid can ring. They are not in the snapshot,
// so it asks the box.
func (b *boxAnswerer) phones(ctx context.Context, a *arguments) (any, *order.Refusal) {
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	phones, err := b.poller.Client.DialPhones(ctx)
	if err != nil {
		return nil, refusal.ByBox(err)
	}
	chosen, err := b.poller.Client.DialPhone(ctx)
	if err != nil {
		return nil, refusal.ByBox(err)
	}
	if phones == nil {
		phones = []string{}
	}
	return map[string]any{"phones": phones, "chosen": chosen}, nil
}

// certificate returns the fingerprint that callporter trusts, and that of the certificate
// the box has now.
func (b *boxAnswerer) certificate(ctx context.Context, a *arguments) (any, *order.Refusal) {
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	if b.snapshot.Box.Plaintext {
		return nil, refusal.Unencrypted
	}
	shown, err := b.poller.Client.Certificate(ctx)
	if err != nil {
		return nil, refusal.ByBox(err)
	}
	return map[string]any{"trusted": b.poller.Client.Fingerprint(), "shown": shown}, nil
}
