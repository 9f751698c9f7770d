package tr064

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

const maxCallList = 8 << 20 // bytes

// CallType says what came of a call in the box's call list.
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
	ID        int // grows; begins anew when the list was emptied by a reset
	Type      CallType
	Caller    string // incoming: the other side, "" if withheld; outgoing: our number
	Called    string // outgoing: the other side; incoming: our number
	Own       string // our number without "SIP:" or the like
	Name      string // the box's name for the other side
	Device    string // which phone took it; "" if none
	Extension call.Extension
	Date      time.Time     // of the minute it began
	Duration  time.Duration // whole minutes, rounded up
	Recording string        // path of the message, "" without one
}

// CallList is what the box remembers, newest first.
type CallList struct {
	Timestamp string
	Entries   []CallEntry
}

// CallsQuery narrows what is asked for. The zero value asks for all the box has,
// at most 999.
type CallsQuery struct {
	Max       int    // entries
	Days      int    // of the past
	SinceID   int    // entries after this one; only together with
	Timestamp string // that of the list SinceID stood in
}

// CallMark is a place in the call list: up to which entry it is known. It keeps
// some entries, so that it is recognised when one of them is deleted.
type CallMark struct {
	Seen []CallSeen `json:"seen,omitempty"` // newest first
}

// CallSeen is an entry of a mark.
type CallSeen struct {
	ID  int    `json:"id"`
	Key string `json:"key"` // of its minute and number, a hash
}

const maxSeen = 8

// Calls reads the call list.
func (c *Client) Calls(ctx context.Context, q CallsQuery) (CallList, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetCallList")
	if ReasonOf(err) == Failed { // 820
		err = &Error{Reason: NotAvailable, Action: "GetCallList", Err: err}
	}
	if err != nil {
		return CallList{}, err
	}
	handed := a["CallListURL"]
	if handed == "" {
		return CallList{}, &Error{Reason: CallListOff, Action: "GetCallList"}
	}
	path, err := c.OwnPath(handed)
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

// CallsSince reads what has come into the call list since a mark: the fresh
// entries, oldest first, and the mark that includes them. epoch says that the list
// has begun anew (a reset of the box), so that its numbers mean other calls than
// before; all entries are fresh then, and an empty mark makes no epoch. Active
// calls are left for the next time.
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

// since compares a list with a mark. enough is false where the list may go on
// before its oldest entry with entries that are fresh too.
func (l CallList) since(mark CallMark) (fresh []CallEntry, next CallMark, epoch, enough bool) {
	entries := slices.DeleteFunc(slices.Clone(l.Entries), func(e CallEntry) bool {
		return e.Type == CallActiveIncoming || e.Type == CallActiveOutgoing
	})
	slices.SortStableFunc(entries, func(a, b CallEntry) int { return a.ID - b.ID })
	if len(entries) == 0 {
		return nil, mark, false, true
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
		// Deleted entries leave a gap; a list that begins anew is wholly behind
		// the mark or has other calls at its places.
		epoch = !known && (contradicted || newest < last)
		if epoch {
			last = 0
		}
	}
	for _, e := range entries {
		if e.ID > last {
			fresh = append(fresh, e)
		}
	}
	next = mark
	if epoch {
		next = CallMark{}
	}
	for _, e := range fresh {
		next.Seen = slices.Insert(slices.Clone(next.Seen), 0, CallSeen{e.ID, e.key()})
	}
	next.Seen = next.Seen[:min(len(next.Seen), maxSeen)]
	return fresh, next, epoch, oldest <= last
}

// key tells an entry from another at the same place. Type and duration of an entry
// may change.
func (e CallEntry) key() string {
	sum := sha256.Sum256([]byte(e.Date.Format("060102 1504") + "|" + e.Caller + "|" + e.Called))
	return hex.EncodeToString(sum[:8])
}

// Incoming reports whether the other side called us.
func (t CallType) Incoming() bool {
	return t == CallIncoming || t == CallMissed || t == CallRejected || t == CallActiveIncoming
}

func readCalls(root *soap.Node, where *time.Location) (CallList, error) {
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
		kind, err2 := strconv.ParseUint(n.Value("Type"), 10, 8)
		if errors.Join(err, err2) != nil || id < 0 {
			continue // an entry nobody can name is none
		}
		e.ID, e.Type = id, CallType(kind)
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
		e.Date = readDate(n.Value("Date"), where)
		list.Entries = append(list.Entries, e)
	}
	return list, nil
}

// readDate reads "01.08.25 13:33" on the box's clock; zero if it is none.
func readDate(s string, where *time.Location) time.Time {
	t, err := time.ParseInLocation("02.01.06 15:04", s, where)
	if err != nil {
		return time.Time{}
	}
	return t
}

// readMinutes reads "1:02", hours and minutes.
func readMinutes(s string) time.Duration {
	h, m, found := strings.Cut(s, ":")
	hours, err := strconv.ParseUint(h, 10, 16)
	minutes, err2 := strconv.ParseUint(m, 10, 16)
	if !found || errors.Join(err, err2) != nil {
		return 0
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}
