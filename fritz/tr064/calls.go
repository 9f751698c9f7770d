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
}

// CallSeen is an entry of a mark.
type CallSeen struct {
	ID  int    `json:"id"`
	Key string `json:"key"` // a hash of its minute and numbers
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
		// Deleted entries leave a gap. A list that has started again only has IDs below
		// the mark, or other calls under the IDs of the mark.
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

// key tells an entry from another one with the same ID. It leaves out type and duration,
// which may change.
func (e CallEntry) key() string {
	sum := sha256.Sum256([]byte(e.Date.Format("060102 1504") + "|" + e.Caller + "|" + e.Called))
	return hex.EncodeToString(sum[:8])
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
		kind, err2 := strconv.ParseUint(n.Value("Type"), 10, 8)
		if errors.Join(err, err2) != nil || id < 0 {
			continue // without ID or type it is no entry
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
		e.Date = readDate(n.Value("Date"), zone)
		list.Entries = append(list.Entries, e)
	}
	return list, nil
}

// readDate reads "01.08.25 13:33" in the zone of the box's clock; zero if it is no date.
func readDate(s string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation("02.01.06 15:04", s, zone)
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
