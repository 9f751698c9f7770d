package query

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// calls returns a page of calls, newest first.
func (q *Answerer) calls(ctx context.Context, box string, a *arguments) (any, *order.Refusal) {
	f := journal.Filter{
		Box: box, Name: a.text("name"), Before: call.ID(a.text("before")),
		Since: a.time("since"), Until: a.time("until"),
		Limit: a.number("limit", 1, journal.MaxPage, 50),
	}
	number, line := strings.TrimSpace(a.text("number")), strings.TrimSpace(a.text("line"))
	switch {
	case isWithheld(number):
		f.Withheld = true
	case number != "" && !journal.CanMatch(number):
		a.invalid("number", call.Text{"a telephone number, the beginning of one with * behind it, or withheld",
			"eine Rufnummer, der Anfang einer Rufnummer mit * dahinter oder withheld"})
	default:
		f.Number = filterNumber(q.plan(box), number)
	}
	if f.Before != "" && !journal.ValidID(f.Before) {
		a.invalid("before", call.Text{"the id of a call", "die ID eines Anrufs"})
	}
	mask := a.flag("mask")
	f.Outcomes = wordList(a, "outcome", call.Outcomes)
	f.Judgements = wordList(a, "verdict", call.Judgements)
	if d := wordList(a, "direction", []call.Direction{call.Incoming, call.Outgoing}); len(d) == 1 {
		f.Direction = d[0]
	}
	if line != "" && q.Journal != nil {
		f.Line = q.findLine(ctx, box, line, a)
	}
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	if q.Journal == nil {
		return nil, q.NoJournal
	}
	flushCtx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_ = q.Journal.Flush(flushCtx) // calls that cannot be written yet are missing from the answer
	page, err := q.Journal.Calls(ctx, f)
	if err != nil {
		return nil, refusal.JournalFailed(err)
	}
	calls := q.callsOf(page.Entries, mask)
	items, rest := pageOf(calls, 0, len(calls))
	next := page.Next
	if rest > 0 {
		next = page.Entries[rest-1].Call.ID
	}
	return map[string]any{"calls": items, "next": next}, nil
}

// wordList returns the words of an argument that lists them with commas. all are the
// allowed ones.
func wordList[T interface{ String() string }](a *arguments, name string, all []T) (picked []T) {
	text := a.text(name)
	if text == "" {
		return nil
	}
	for word := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(all, func(t T) bool { return t.String() == strings.TrimSpace(word) })
		if i < 0 {
			var names []string
			for _, t := range all {
				names = append(names, t.String())
			}
			a.invalid(name, call.Text{"some of %s", "etwas von %s"}.With(strings.Join(names, ", ")))
			return nil
		}
		picked = append(picked, all[i])
	}
	return picked
}

// callerAnswer is what callporter knows about a number.
type callerAnswer struct {
	Number      string     `json:"number"`
	Display     string     `json:"display"`
	Name        string     `json:"name"` // from the phonebooks
	Kind        string     `json:"kind"`
	Place       string     `json:"place"`
	Country     string     `json:"country"`
	Known       bool       `json:"known"` // it has called or has been called
	First       time.Time  `json:"first,omitzero"`
	Last        time.Time  `json:"last,omitzero"`
	Calls       int        `json:"calls"`
	Dialled     int        `json:"dialled"`
	Answered    int        `json:"answered"`
	EarlyHungUp int        `json:"early_hung_up"`
	TalkSeconds int        `json:"talk_seconds"`
	Allowed     *listEntry `json:"allowed"` // its entry on the own list, null if there is none
	Blocked     *listEntry `json:"blocked"`

	// What screening makes of the number as it is known here; nil = nobody is judged.
	Verdict    *string             `json:"verdict"`
	Score      *int                `json:"score"`
	Reason     string              `json:"reason"`
	ReasonCode string              `json:"reason_code"`
	Evidence   []document.Evidence `json:"evidence"`
}

// caller returns what callporter knows about a number.
func (q *Answerer) caller(ctx context.Context, box string, a *arguments) (any, *order.Refusal) {
	text := a.text("number")
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	snapshot := q.snapshot(box)
	n := snapshot.Plan.Number(text)
	if n.Withheld() || incomplete(n) {
		return nil, orders.NotListable(n, text, snapshot, q.Journal)
	}
	if q.Journal == nil {
		return nil, q.NoJournal
	}
	c, known, err := q.Journal.Caller(ctx, n)
	if err != nil {
		return nil, refusal.JournalFailed(err)
	}
	zone := q.zone(box)
	answer := callerAnswer{
		Number: n.Full(), Display: n.National, Kind: n.Kind.String(), Place: n.Place, Country: n.Country, Known: known,
		First: inZone(c.First, zone), Last: inZone(c.Last, zone), Calls: c.Calls, Dialled: c.Dialled, Answered: c.Answered, EarlyHungUp: c.EarlyHungUp,
		TalkSeconds: int(c.Talked.Round(time.Second) / time.Second),
	}
	for _, b := range q.Boxes {
		if answer.Name == "" && (box == "" || b.ID == box) {
			answer.Name = b.Poller.Current().Contacts.Name(n)
		}
	}
	answer.Evidence = []document.Evidence{}
	if q.Screen != nil {
		result, _ := q.Screen(ctx, box, snapshot.Plan.Caller(text), true)
		s := NewScreened(text, snapshot.Plan, result, nil, q.Language)
		answer.Verdict, answer.Score, answer.Reason, answer.ReasonCode, answer.Evidence = &s.Verdict, &s.Score, s.Reason, s.ReasonCode, s.Evidence
		answer.Name = cmp.Or(answer.Name, s.Name)
	}
	if e, on := q.Journal.Match(journal.Allow, n); on {
		answer.Allowed = listEntryOf(e, snapshot.Plan, zone)
	}
	if e, on := q.Journal.Match(journal.Block, n); on {
		answer.Blocked = listEntryOf(e, snapshot.Plan, zone)
	}
	return answer, nil
}

// incomplete reports whether a text is no number, or too little of one. A whole one that cannot
// exist may have called.
func incomplete(n call.Number) bool {
	switch n.Reason {
	case call.ReasonNoNumber, call.ReasonTooShort, call.ReasonForeignTooShort:
		return n.E164 == ""
	}
	return false
}

// number reads a number as forget does, and refuses what forget refuses, so that nobody is
// asked about something that cannot be forgotten.
func (q *Answerer) number(box string, a *arguments) (any, *order.Refusal) {
	text := a.text("number")
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	snapshot := q.snapshot(box)
	n := snapshot.Plan.Number(text)
	if refused := orders.NotForgettable(n, text, snapshot, q.Journal); refused != nil {
		return nil, refused
	}
	return map[string]string{"number": n.Full(), "display": n.National}, nil
}

// listEntry is an entry of an own list.
type listEntry struct {
	List    string    `json:"list"` // allow, block
	Number  string    `json:"number"`
	Name    string    `json:"name"`
	Who     string    `json:"who"`
	Why     string    `json:"why"`
	Added   time.Time `json:"added"`
	Expires time.Time `json:"expires,omitzero"`
	Display string    `json:"display"`
}

func listEntryOf(e journal.ListEntry, p *call.Plan, zone *time.Location) *listEntry {
	return &listEntry{e.List.String(), e.Pattern, e.Name, e.Who, e.Why, inZone(e.Added, zone), inZone(e.Expires, zone), orders.Shown(p, e.Pattern)}
}

// inZone returns a time in a zone; zero stays zero.
func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

// lists returns the entries of the own lists that have not expired.
func (q *Answerer) lists(box string, a *arguments) (any, *order.Refusal) {
	lists := wordList(a, "list", []journal.List{journal.Allow, journal.Block})
	from, limit := a.number("from", 0, journal.MaxListEntries, 0), a.number("limit", 1, 10*defaultLimit, defaultLimit)
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	if q.Journal == nil {
		return nil, q.NoJournal
	}
	if len(lists) == 0 {
		lists = []journal.List{journal.Allow, journal.Block}
	}
	var all []*listEntry
	now, zone := q.Now(), q.zone(box)
	for _, l := range lists {
		for _, e := range q.Journal.Entries(l) {
			if e.Expires.IsZero() || now.Before(e.Expires) {
				all = append(all, listEntryOf(e, q.plan(box), zone))
			}
		}
	}
	page, next := pageOf(all, from, limit)
	return map[string]any{"entries": page, "next": next, "total": len(all)}, nil
}

// auditAnswer is a write in the audit.
type auditAnswer struct {
	ID        int64           `json:"id"`
	Box       string          `json:"box"`
	At        time.Time       `json:"at"`
	Action    string          `json:"action"`
	Target    string          `json:"target"`
	Who       string          `json:"who"`
	Why       string          `json:"why"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	Order     string          `json:"order"`     // undo takes back all writes of one order
	UndoneBy  int64           `json:"undone_by"` // the write that undid it; its own id if none was needed
	Undo      bool            `json:"undo"`      // it can be undone
	Forgotten bool            `json:"forgotten"`
	Display   string          `json:"display"` // the target, a number as people write it
}

// writes returns a page of the audit, newest first.
func (q *Answerer) writes(ctx context.Context, box string, a *arguments) (any, *order.Refusal) {
	before, limit := a.number("before", 0, math.MaxInt32, 0), a.number("limit", 1, 200, 20)
	if refused := a.finish(); refused != nil {
		return nil, refused
	}
	if q.Journal == nil {
		return nil, q.NoJournal
	}
	all, err := q.Journal.Writes(ctx, box, int64(before), limit)
	if err != nil {
		return nil, refusal.JournalFailed(err)
	}
	answers := make([]auditAnswer, len(all))
	for i, w := range all {
		answers[i] = auditAnswer{
			ID: w.ID, Box: w.Box, At: inZone(w.At, q.zone(w.Box)), Action: w.Action, Target: w.Target, Who: w.Who, Why: w.Why,
			Before: orNull(w.Before), After: orNull(w.After), Order: orders.OrderOf(w), UndoneBy: w.UndoneBy, Forgotten: w.Forgotten,
			Undo: orders.CanUndo(w), Display: orders.Shown(q.plan(w.Box), w.Target),
		}
	}
	page, rest := pageOf(answers, 0, len(answers))
	next := int64(0)
	if rest > 0 {
		next = all[rest-1].ID
	} else if len(all) == limit {
		next = all[len(all)-1].ID
	}
	return map[string]any{"writes": page, "next": next}, nil
}

// orNull returns the JSON text, or null if it is empty.
func orNull(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return json.RawMessage("null")
	}
	return text
}
