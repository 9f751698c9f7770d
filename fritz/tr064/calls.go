package tr064

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

const maxCallList = 8 << 20 // bytes

// CallType says how a call in the box's call list went.
type CallType uint8

// The types of the call list.
const (
	CallIncoming       CallType = 1 // answered
	CallMissed         CallType = 2
	CallOutgoing       CallType = 3
	CallActiveIncoming CallType = 9 // still going on
	CallRejected       CallType = 10
	CallActiveOutgoing CallType = 11
)

// CallEntry is an entry of the box's call list.
type CallEntry struct {
	ID        int // grows; starts again after a reset of the box
	Type      CallType
	Caller    string // incoming: the other side, "" if withheld; outgoing: our number
	Called    string // outgoing: the other side; incoming: our number
	Own       string // our number without "SIP:" or the like
	Name      string // the box's name for the other side
	Device    string // the phone that answered; "" if none
	Extension call.Extension
	Date      time.Time     // the minute in which it began
	Duration  time.Duration // whole minutes, rounded up
	Recording string        // path of the message, "" without one
	// TakenBy is the phone that took the call of the same caller to another own number in
	// the same minute, so that this one, though nobody took it, was not missed; "" if none did.
	TakenBy call.Extension
}

// CallList is the call list of the box, newest first.
type CallList struct {
	Timestamp string
	Entries   []CallEntry
}

// CallsQuery limits what is asked for. The zero value asks for all calls of the box, at
// most 999.
type CallsQuery struct {
	Max       int    // entries
	Days      int    // of the past
	SinceID   int    // only entries after this one; needs Timestamp
	Timestamp string // of the list in which SinceID stood
}

// CallMark says up to which entry the call list has been read. It keeps several entries,
// so that it still works when one of them is deleted.
type CallMark struct {
	Seen []CallSeen `json:"seen,omitempty"` // newest first
	Open []int      `json:"open,omitempty"` // the IDs of calls that went on
}

// CallSeen is an entry of a mark.
type CallSeen struct {
	ID   int      `json:"id"`
	Key  string   `json:"key"` // a hash of its minute and numbers
	Type CallType `json:"type,omitempty"`
}

// A call may be over when so many later ones are.
const (
	maxSeen = 24
	maxOpen = 32
)

// Calls reads the call list.
func (c *Client) Calls(ctx context.Context, q CallsQuery) (CallList, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetCallList")
	if ReasonOf(err) == Failed { // 820
		err = &Error{Reason: NotAvailable, Action: "GetCallList", Err: err}
	}
	if err != nil {
		return CallList{}, err
	}
	url := a["CallListURL"]
	if url == "" {
		return CallList{}, &Error{Reason: CallListOff, Action: "GetCallList"}
	}
	path, err := c.OwnPath(url)
	if err != nil {
		return CallList{}, soap.Wrap("GetCallList", err)
	}
	if q.Max > 0 {
		path = withQuery(path, "max", strconv.Itoa(q.Max))
	}
	if q.Days > 0 {
		path = withQuery(path, "days", strconv.Itoa(q.Days))
	}
	if q.SinceID > 0 && q.Timestamp != "" {
		path = withQuery(withQuery(path, "id", strconv.Itoa(q.SinceID)), "timestamp", q.Timestamp)
	}
	var list CallList
	err = c.Get(ctx, path, maxCallList, func(response *http.Response) error {
		root, err := soap.ReadNode(response.Body)
		if err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		list, err = readCalls(root, c.location)
		return err
	})
	return list, soap.Wrap("GetCallList", err)
}

// CallsSince reads the entries that came into the call list after a mark: the fresh
// entries, oldest first, and the mark that includes them. epoch says that the list has
// started again (a reset of the box), so that its IDs mean other calls than before. All
// entries are fresh then. With an empty mark there is no epoch. Active calls are not
// returned until they have ended.
func (c *Client) CallsSince(ctx context.Context, mark CallMark) (fresh []CallEntry, next CallMark, epoch bool, err error) {
	for _, most := range []int{50, 999} {
		list, err := c.Calls(ctx, CallsQuery{Max: most})
		if err != nil {
			return nil, mark, false, err
		}
		var enough bool
		if fresh, next, epoch, enough = list.since(mark); enough || len(list.Entries) < most {
			break
		}
	}
	return fresh, next, epoch, nil
}

// since compares a list with a mark. enough is false if there may be further fresh entries
// before the oldest entry of the list.
func (l CallList) since(mark CallMark) (fresh []CallEntry, next CallMark, epoch, enough bool) {
	var entries []CallEntry
	var open []int
	for _, e := range l.Entries {
		switch {
		case !e.Type.Active():
			entries = append(entries, e)
		case len(open) < maxOpen:
			open = append(open, e.ID)
		}
	}
	slices.SortStableFunc(entries, func(a, b CallEntry) int { return a.ID - b.ID })
	next = mark
	next.Open = open
	if len(entries) == 0 {
		return nil, next, false, true
	}
	oldest, newest := entries[0].ID, entries[len(entries)-1].ID
	known, contradicted := false, false
	for _, s := range mark.Seen {
		if i := slices.IndexFunc(entries, func(e CallEntry) bool { return e.ID == s.ID }); i >= 0 {
			known = known || entries[i].key() == s.Key
			contradicted = contradicted || entries[i].key() != s.Key
		}
	}
	last := 0
	if len(mark.Seen) > 0 {
		last = mark.Seen[0].ID
		// Deleted entries leave a gap. A list that has started again only has IDs below
		// the mark, or other calls under the IDs of the mark.
		epoch = !known && (contradicted || newest < last)
	}
	if epoch {
		last, next.Seen, mark = 0, nil, CallMark{}
	}
	for _, e := range entries {
		if e.ID > last || mark.wants(e) {
			fresh = append(fresh, e)
		}
	}
	next.Seen = slices.DeleteFunc(slices.Clone(next.Seen), func(s CallSeen) bool {
		return slices.ContainsFunc(fresh, func(e CallEntry) bool { return s.ID == e.ID })
	})
	for _, e := range fresh {
		next.Seen = append(next.Seen, CallSeen{e.ID, e.key(), e.Type})
	}
	slices.SortFunc(next.Seen, func(a, b CallSeen) int { return b.ID - a.ID })
	next.Seen = next.Seen[:min(len(next.Seen), maxSeen)]
	enough = oldest <= last && !slices.ContainsFunc(mark.Open, func(id int) bool { return id < oldest })
	return fresh, next, epoch, enough
}

// wants reports whether an entry up to the mark is another one than it was: a call that went
// on while a later one was over, or one of another type.
func (m CallMark) wants(e CallEntry) bool {
	return slices.Contains(m.Open, e.ID) || slices.ContainsFunc(m.Seen, func(s CallSeen) bool {
		return s.ID == e.ID && s.Key == e.key() && s.Type != 0 && s.Type != e.Type
	})
}

// key tells an entry from another one with the same ID. It leaves out type and duration,
// which may change.
func (e CallEntry) key() string {
	sum := sha256.Sum256([]byte(e.Date.Format("060102 1504") + "|" + e.Caller + "|" + e.Called))
	return hex.EncodeToString(sum[:8])
}

// Active reports whether the call still goes on.
func (t CallType) Active() bool { return t == CallActiveIncoming || t == CallActiveOutgoing }

// Known reports whether it is known how calls of the type went.
func (t CallType) Known() bool {
	return t >= CallIncoming && t <= CallOutgoing || t == CallRejected || t.Active()
}

// Incoming reports whether the other side called us.
func (t CallType) Incoming() bool {
	return t == CallIncoming || t == CallMissed || t == CallRejected || t == CallActiveIncoming
}

func readCalls(root *soap.Node, zone *time.Location) (CallList, error) {
	if !strings.EqualFold(root.Name, "root") {
		return CallList{}, &Error{Reason: BadAnswer, Text: "no call list"}
	}
	list := CallList{Timestamp: oneLine(root.Value("timestamp"))}
	for _, n := range root.Children {
		if n.Name != "Call" {
			continue
		}
		e := CallEntry{
			Caller: oneLine(n.Value("Caller")), Called: oneLine(n.Value("Called")), Name: oneLine(n.Value("Name")),
			Device: oneLine(n.Value("Device")), Recording: oneLine(n.Value("Path")), Duration: readMinutes(n.Value("Duration")),
		}
		id, err := strconv.Atoi(n.Value("Id"))
		if err != nil || id < 0 {
			continue // without ID it is no entry
		}
		e.ID = id
		if kind, err := strconv.ParseUint(n.Value("Type"), 10, 8); err == nil {
			e.Type = CallType(kind)
		}
		own := n.Value("CalledNumber")
		if !e.Type.Incoming() {
			own = n.Value("CallerNumber")
		}
		if e.Own = oneLine(own); e.Own == "" {
			side := e.Called
			if !e.Type.Incoming() {
				side = e.Caller
			}
			_, after, found := strings.Cut(side, ":")
			if e.Own = strings.TrimSpace(after); !found {
				e.Own = side
			}
		}
		if port := n.Value("Port"); port != "-1" {
			e.Extension = call.Extension(oneLine(port))
		}
		e.Date = readDate(n.Value("Date"), zone)
		list.Entries = append(list.Entries, e)
	}
	list.findTaken()
	return list, nil
}

// findTaken finds the missed calls whose caller was taken at another own number.
func (l CallList) findTaken() {
	type attempt struct {
		caller string
		minute time.Time
	}
	taken := map[attempt][]int{}
	of := func(e *CallEntry) attempt { return attempt{e.Caller, e.Date.Truncate(time.Minute)} }
	for i := range l.Entries {
		if e := &l.Entries[i]; (e.Type == CallIncoming || e.Type == CallActiveIncoming) && e.Caller != "" && !e.Date.IsZero() {
			taken[of(e)] = append(taken[of(e)], i)
		}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Type != CallMissed {
			continue
		}
		for _, j := range taken[of(e)] {
			if other := &l.Entries[j]; other.Own != e.Own {
				e.TakenBy = cmp.Or(other.Extension, "?")
			}
		}
	}
}

// dates are the forms of dates that boxes have been seen to write, and a year in full.
var dates = []string{"2.1.06 15:4", "2.1.2006 15:4", "2.1.06 15:4:5", "2.1.2006 15:4:5", "2006-1-2 15:4:5", "2006-1-2 15:4"}

// readDate reads "01.08.25 13:33" in the zone of the box's clock; zero if it is no date.
func readDate(s string, zone *time.Location) time.Time {
	s = strings.Join(strings.Fields(s), " ")
	for _, form := range dates {
		if t, err := time.ParseInLocation(form, s, zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

// readMinutes reads "1:02", hours and minutes, and seconds behind them if there are some.
func readMinutes(s string) time.Duration {
	var total time.Duration
	words := strings.Split(s, ":")
	if len(words) < 2 || len(words) > 3 {
		return 0
	}
	for i, word := range words {
		n, err := strconv.ParseUint(word, 10, 16)
		if err != nil {
			return 0
		}
		total += time.Duration(n) * [...]time.Duration{time.Hour, time.Minute, time.Second}[i]
	}
	return total
}
