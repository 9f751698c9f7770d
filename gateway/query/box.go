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
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// boxAnswerer answers what is asked of one box.
type boxAnswerer struct {
	*Answerer
	poller   *poll.Poller
	snapshot *poll.Snapshot // as it was when the question came
}

// access is how the way into a box fares, in an answer about something of it.
type access struct {
	State  string    `json:"state"` // up, down, connecting
	Reason string    `json:"reason"`
	Hint   string    `json:"hint"`
	Read   time.Time `json:"read"` // when what the answer tells was read
	Old    bool      `json:"old"`  // it could not be read when it was wanted last
}

// access says how a part of the box was read. One that never was is a refusal.
func (b *boxAnswerer) access(part poll.Part) (access, *order.Refusal) {
	s := b.snapshot
	way := access{State: "up", Read: s.Freshness(part).Read, Old: b.poller.Old(s, part)}
	switch {
	case s.At.IsZero():
		way.State = "connecting"
	case s.Down:
		way.State = "down"
	}
	if refused := s.Unread(part); refused != nil {
		return way, refused
	}
	fault := s.Fault(part)
	if fault == nil {
		return way, nil
	}
	way.Reason = string(tr064.ReasonOf(fault))
	var e *tr064.Error
	if errors.As(fault, &e) {
		way.Hint = e.Hint(b.Language)
	}
	return way, nil
}

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
	}
	r := b.snapshot
	way, refused := b.access(poll.Phonebooks)
	if refused != nil {
		return nil, refused
	}
	books := []bookAnswer{}
	for _, p := range r.Copy.Phonebooks {
		books = append(books, bookAnswer{p.Index, p.Name, len(p.Contacts), b.poller.Role(p).String(), p.Synced, false})
	}
	if p := r.Copy.Barring; p != nil {
		books = append(books, bookAnswer{p.Index, p.Name, len(p.Contacts), phonebook.Blocked.String(), false, true})
	}
	return map[string]any{"access": way, "phonebooks": books}, nil
}

// contact is a contact; the numbers are as their owner typed them.
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
}

// answerContacts answers with contacts of one book or all, of which "find" is a part
// of the name, or of a number in any spelling. "barring" is the call barring list.
func (b *boxAnswerer) contacts(a *arguments) (any, *order.Refusal) {
	name, find := a.text("phonebook"), strings.TrimSpace(a.text("find"))
	from, limit := a.number("from", 0, 1_000_000, 0), a.number("limit", 1, 10*defaultLimit, defaultLimit)
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	r, plan := b.snapshot, b.snapshot.Plan
	asked := poll.Phonebooks
	if name == "barring" {
		asked = poll.Barring
	}
	way, refused := b.access(asked)
	if refused != nil {
		return nil, refused
	}
	books := slices.Clone(r.Copy.Phonebooks)
	if name != "" {
		ref := poll.BookRef(name)
		books = slices.DeleteFunc(books, func(p *tr064.Phonebook) bool {
			return ref.Name != "" && p.Name != ref.Name || ref.Name == "" && p.Index != ref.Index
		})
		if name == "barring" && r.Copy.Barring != nil {
			books = []*tr064.Phonebook{r.Copy.Barring}
		}
		if len(books) == 0 {
			return nil, refusal.NoSuchBook
		}
	}
	fits := contactFilter(plan, find)
	var all []contact
	for _, p := range books {
		for i := range p.Contacts {
			c := &p.Contacts[i]
			if !fits(c) {
				continue
			}
			one := contact{p.Name, p.Index, c.UID, c.Name, c.VIP, []contactNumber{}}
			for _, n := range c.Numbers {
				one.Numbers = append(one.Numbers, contactNumber{n.Number, plan.Number(n.Number).E164, n.Type, n.Main})
			}
			all = append(all, one)
		}
	}
	written, next := pageOf(all, from, limit)
	return map[string]any{"access": way, "contacts": written, "next": next, "total": len(all)}, nil
}

// finder tells which contacts are meant.
func contactFilter(plan *call.Plan, find string) func(*tr064.Contact) bool {
	if find == "" {
		return func(*tr064.Contact) bool { return true }
	}
	lower, digits := strings.ToLower(find), ""
	var number call.Number
	if !strings.ContainsFunc(find, unicode.IsLetter) {
		digits, number = call.Digits(find), plan.Number(find)
	}
	return func(c *tr064.Contact) bool {
		return strings.Contains(strings.ToLower(c.Name), lower) || digits != "" && slices.ContainsFunc(c.Numbers, func(n tr064.PhoneNumber) bool {
			return strings.Contains(call.Digits(n.Number), digits) || number.E164 != "" && plan.Number(n.Number).E164 == number.E164
		})
	}
}

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
	way, refused := b.access(poll.Messages)
	if refused != nil {
		return nil, refused
	}
	messages := b.snapshot.Voicemail(b.Forgotten)
	all, fresh := make([]messageAnswer, len(messages)), 0
	for i, m := range messages {
		n := m.Call.Caller.Number
		all[i] = messageAnswer{m.Machine, m.Message, m.New, n.Full(), n.National, m.Call.Caller.Name,
			m.Call.Callee.Number.National, m.Call.Started, int(m.Call.Talk / time.Second)}
		if m.New {
			fresh++
		}
	}
	written, next := pageOf(all, from, limit)
	return map[string]any{"access": way, "new": fresh, "total": len(all), "messages": written, "next": next}, nil
}

func (b *boxAnswerer) switches(a *arguments) (any, *order.Refusal) {
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
	r := b.snapshot
	way, refused := b.access(poll.Deflections)
	if other, missing := b.access(poll.Machines); refused == nil && (missing != nil || !way.Old && other.Old) {
		way, refused = other, missing
	}
	if refused != nil {
		return nil, refused
	}
	shown := r.Switches(b.Language)
	deflections, machines := []switchAnswer{}, []switchAnswer{}
	for i, d := range r.Deflections {
		deflections = append(deflections, switchAnswer{d.ID, shown.Deflections[i].Name, d.Enabled, d.Type, d.Number, d.To, d.Mode})
	}
	for _, m := range r.Machines {
		machines = append(machines, switchAnswer{ID: m.Index, Name: m.Name, On: m.Enabled})
	}
	return map[string]any{"access": way, "deflections": deflections, "answering_machines": machines}, nil
}

// answerPhones answers with the phones the dialling aid can ring, which only the box
// can tell.
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

// answerCertificate answers with the certificate that is trusted, and the one that
// the box shows.
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
