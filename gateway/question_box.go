package gateway

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

func (b *box) answerPhonebooks(l call.Language, a *arguments) (any, *order.Refusal) {
	if refused := a.end(); refused != nil {
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
	r := b.access.current.Load()
	way, refused := b.access.ways(r, theBooks, l)
	if refused != nil {
		return nil, refused
	}
	books := []bookAnswer{}
	for _, p := range r.copy.Phonebooks {
		books = append(books, bookAnswer{p.Index, p.Name, len(p.Contacts), phonebook.RoleOf(p, *b.access.roles.Load()).String(), p.Synced, false})
	}
	if p := r.copy.Barring; p != nil {
		books = append(books, bookAnswer{p.Index, p.Name, len(p.Contacts), phonebook.Blocked.String(), false, true})
	}
	return map[string]any{"access": way, "phonebooks": books}, nil
}

// contactAnswer is a contact; the numbers are as their owner typed them.
type contactAnswer struct {
	Book    string         `json:"phonebook"`
	Index   int            `json:"phonebook_index"`
	UID     uint32         `json:"uid"`
	Name    string         `json:"name"`
	VIP     bool           `json:"vip"`
	Numbers []numberAnswer `json:"numbers"`
}

type numberAnswer struct {
	Number string `json:"number"`
	E164   string `json:"e164"`
	Type   string `json:"type"`
	Main   bool   `json:"main"`
}

// answerContacts answers with contacts of one book or all, of which "find" is a part
// of the name, or of a number in any spelling. "barring" is the call barring list.
func (b *box) answerContacts(l call.Language, a *arguments) (any, *order.Refusal) {
	name, find := a.text("phonebook"), strings.TrimSpace(a.text("find"))
	from, limit := a.number("from", 0, 1_000_000, 0), a.number("limit", 1, 10*maxPage, maxPage)
	if refused := a.end(); refused != nil {
		return nil, refused
	}
	r, plan := b.access.current.Load(), b.planNow.Load()
	asked := theBooks
	if name == "barring" {
		asked = theBarring
	}
	way, refused := b.access.ways(r, asked, l)
	if refused != nil {
		return nil, refused
	}
	books := slices.Clone(r.copy.Phonebooks)
	if name != "" {
		ref := bookRef(name)
		books = slices.DeleteFunc(books, func(p *tr064.Phonebook) bool {
			return ref.Name != "" && p.Name != ref.Name || ref.Name == "" && p.Index != ref.Index
		})
		if name == "barring" && r.copy.Barring != nil {
			books = []*tr064.Phonebook{r.copy.Barring}
		}
		if len(books) == 0 {
			return nil, refusal.NoSuchBook
		}
	}
	fits := finder(plan, find)
	var all []contactAnswer
	for _, p := range books {
		for i := range p.Contacts {
			c := &p.Contacts[i]
			if !fits(c) {
				continue
			}
			one := contactAnswer{p.Name, p.Index, c.UID, c.Name, c.VIP, []numberAnswer{}}
			for _, n := range c.Numbers {
				one.Numbers = append(one.Numbers, numberAnswer{n.Number, plan.Number(n.Number).E164, n.Type, n.Main})
			}
			all = append(all, one)
		}
	}
	written, next := fitting(all, from, limit)
	return map[string]any{"access": way, "contacts": written, "next": next, "total": len(all)}, nil
}

// finder tells which contacts are meant.
func finder(plan *call.Plan, find string) func(*tr064.Contact) bool {
	if find == "" {
		return func(*tr064.Contact) bool { return true }
	}
	lower, digits := strings.ToLower(find), ""
	var number call.Number
	if !strings.ContainsFunc(find, unicode.IsLetter) {
		digits, number = digitsOf(find), plan.Number(find)
	}
	return func(c *tr064.Contact) bool {
		return strings.Contains(strings.ToLower(c.Name), lower) || digits != "" && slices.ContainsFunc(c.Numbers, func(n tr064.PhoneNumber) bool {
			return strings.Contains(digitsOf(n.Number), digits) || number.E164 != "" && plan.Number(n.Number).E164 == number.E164
		})
	}
}

func (b *box) answerVoicemail(ctx context.Context, l call.Language, a *arguments) (any, *order.Refusal) {
	from, limit := a.number("from", 0, 1_000_000, 0), a.number("limit", 1, 10*maxPage, maxPage)
	if refused := a.end(); refused != nil {
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
	way, refused := b.access.ways(b.access.current.Load(), theMessages, l)
	if refused != nil {
		return nil, refused
	}
	var messages []document.VoiceMessage
	b.inLoop(ctx, func() {
		if b.known != nil {
			messages = b.voicemail(b.known)
		}
	})
	all, fresh := make([]messageAnswer, len(messages)), 0
	for i, m := range messages {
		n := m.Call.Caller.Number
		all[i] = messageAnswer{m.Machine, m.Message, m.New, n.Full(), n.National, m.Call.Caller.Name,
			m.Call.Callee.Number.National, m.Call.Started, int(m.Call.Talk / time.Second)}
		if m.New {
			fresh++
		}
	}
	written, next := fitting(all, from, limit)
	return map[string]any{"access": way, "new": fresh, "total": len(all), "messages": written, "next": next}, nil
}

func (b *box) answerSwitches(l call.Language, a *arguments) (any, *order.Refusal) {
	if refused := a.end(); refused != nil {
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
	r := b.access.current.Load()
	way, refused := b.access.ways(r, theDeflections, l)
	if other, missing := b.access.ways(r, theMachines, l); refused == nil && (missing != nil || !way.Old && other.Old) {
		way, refused = other, missing
	}
	if refused != nil {
		return nil, refused
	}
	shown := r.switches(l)
	deflections, machines := []switchAnswer{}, []switchAnswer{}
	for i, d := range r.deflections {
		deflections = append(deflections, switchAnswer{d.ID, shown.Deflections[i].Name, d.Enabled, d.Type, d.Number, d.To, d.Mode})
	}
	for _, m := range r.machines {
		machines = append(machines, switchAnswer{ID: m.Index, Name: m.Name, On: m.Enabled})
	}
	return map[string]any{"access": way, "deflections": deflections, "answering_machines": machines}, nil
}

// answerPhones answers with the phones the dialling aid can ring, which only the box
// can tell.
func (b *box) answerPhones(ctx context.Context, a *arguments) (any, *order.Refusal) {
	if refused := a.end(); refused != nil {
		return nil, refused
	}
	phones, err := b.access.client.DialPhones(ctx)
	if err != nil {
		return nil, refusal.ByBox(err)
	}
	chosen, err := b.access.client.DialPhone(ctx)
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
func (b *box) answerCertificate(ctx context.Context, a *arguments) (any, *order.Refusal) {
	if refused := a.end(); refused != nil {
		return nil, refused
	}
	if b.access.plain {
		return nil, refusal.Plain
	}
	shown, err := b.access.client.Certificate(ctx)
	if err != nil {
		return nil, refusal.ByBox(err)
	}
	return map[string]any{"trusted": b.access.client.Fingerprint(), "shown": shown}, nil
}
