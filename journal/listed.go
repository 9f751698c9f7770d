package journal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Listed is a call as the box's own call list tells of it.
type Listed struct {
	ID    int64  // its number in the list
	Epoch string // what tells this list from one before the box was reset
	// Call is what the list says: Direction, Outcome, both parties, MSN,
	// Extension, Talk, and Started by the box's clock, to the minute. A call that
	// still goes on (OutcomeNone) is passed over.
	Call call.Call
	// Latest is a moment of our clock at which the call had begun: when the list was
	// read. The box's clock may be ahead of it. Zero = not known.
	Latest time.Time
}

// place names a listed call in the file.
func (l *Listed) place(box string) string {
	return box + "/" + text(l.Epoch) + "/" + strconv.FormatInt(l.ID, 10)
}

// listWindow is how far the list's minute may be from the stamp of the first
// report, by the same clock. The list rounds, and calls cross minutes.
const listWindow = 90 * time.Second

// maxCandidates is how many of the newest calls of a number are compared.
const maxCandidates = 200

// Reconciled is what came of comparing the journal with a box's call list.
type Reconciled struct {
	Filled []call.Call // calls that the list had something to add to
	Added  []call.Call // calls that happened while callporter was away
}

// FillIn adds to journalled calls what the box's call list knows and the call
// monitor does not: the name, and how the call went. A call is the same if its
// number, direction, own number, phone and time agree. What callporter itself
// rejected stays rejected. Calls that are not in the journal are passed over.
func (j *Journal) FillIn(ctx context.Context, box string, list []Listed) (Reconciled, error) {
	return j.reconcile(ctx, box, list, false)
}

// Backfill is FillIn that also adds the calls the journal does not have and whose days
// of retention are not over. Doing it
// again changes nothing: a call stays known by its epoch and number in the list.
func (j *Journal) Backfill(ctx context.Context, box string, list []Listed) (Reconciled, error) {
	return j.reconcile(ctx, box, list, true)
}

func (j *Journal) reconcile(ctx context.Context, box string, list []Listed, add bool) (Reconciled, error) {
	if err := j.Flush(ctx); err != nil {
		return Reconciled{}, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Listed) int { return cmp.Compare(a.ID, b.ID) })
	var all Reconciled
	var before time.Time // when the call began that stands before in the list
	for part := range slices.Chunk(list, batchSize) {
		var done Reconciled
		began := before
		err := j.store.Write(ctx, func(c *store.Conn) error {
			done, began = Reconciled{}, before
			for i := range part {
				if err := j.take(ctx, c, box, &part[i], add, &done, &began); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return all, fmt.Errorf("compare with call list: %w", err)
		}
		before = began
		all.Filled, all.Added = append(all.Filled, done.Filled...), append(all.Added, done.Added...)
	}
	return all, nil
}

func (j *Journal) take(ctx context.Context, c *store.Conn, box string, l *Listed, add bool, done *Reconciled, before *time.Time) error {
	if l.Call.Outcome == call.OutcomeNone || l.Call.Started.IsZero() {
		return nil
	}
	known, err := j.findListed(ctx, c, box, l)
	if err != nil {
		return err
	}
	if known != nil {
		if k, ok := key(known.ID); ok {
			*before = fromMilli(k >> keyRandom)
		}
		filled, changed := fill(known, l)
		if err := j.put(ctx, c, box, filled, l.place(box)); err != nil {
			return err
		}
		if changed {
			done.Filled = append(done.Filled, *filled)
		}
		return nil
	}
	if !add || l.Call.Started.Before(j.retained(j.o.Now())) {
		return nil
	}
	missing := l.Call
	*before = l.Moment(*before)
	missing.ID, missing.Phase = l.callID(box, *before), call.Ended
	if missing.Ended.IsZero() {
		missing.Ended = missing.Started.Add(missing.Talk)
	}
	if err := j.put(ctx, c, box, &missing, l.place(box)); err != nil {
		return err
	}
	done.Added = append(done.Added, missing)
	return nil
}

// Same reports whether a call can be the listed one: to or from the same number, in the
// same minute of the box's clock.
func (l *Listed) Same(c *call.Call) bool {
	return c.Direction == l.Call.Direction && c.Peer().Number.Full() == l.Call.Peer().Number.Full() && l.far(c) == 0
}

// far is how many minutes lie between a call and the listed one, in truth or by what the
// box's clock shows: of an hour that comes twice, at the end of summer time, the list does
// not say which one it means.
func (l *Listed) far(c *call.Call) time.Duration {
	at := c.Stamp // the list is written by the same clock
	if at.IsZero() {
		at = c.Started
	}
	truly := at.Truncate(time.Minute).Sub(l.Call.Started.Truncate(time.Minute)).Abs()
	return min(truly, shown(at.In(l.Call.Started.Location())).Sub(shown(l.Call.Started)).Abs())
}

// shown is the minute that a clock shows, as if it were UTC.
func shown(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// Moment is when a listed call that nobody has heard began, as far as its place in the
// list tells: within its minute, of which the list knows no seconds, not later than
// Latest, and behind the call before it.
func (l *Listed) Moment(before time.Time) time.Time {
	minute := l.Call.Started.Truncate(time.Minute)
	at := minute.Add(time.Duration(l.ID) * time.Millisecond % time.Minute)
	if !l.Latest.IsZero() && at.After(l.Latest) {
		at, minute = l.Latest, l.Latest
	}
	if !at.After(before) && before.Before(minute.Add(time.Minute-time.Millisecond)) {
		at = before.Add(time.Millisecond)
	}
	return at
}

// callID is always the same for the same entry of the same list, but for its moment.
func (l *Listed) callID(box string, at time.Time) call.ID {
	sum := sha256.Sum256([]byte(l.place(box)))
	ids := call.IDs{Random: func(b []byte) { copy(b, sum[:]) }}
	return ids.Next(at)
}

// fill returns the call with what the list knows better, and whether anything is.
func fill(known *call.Call, l *Listed) (*call.Call, bool) {
	c := *known
	if name := l.Call.Peer().Name; name != "" && c.Peer().Name == "" {
		setPeerName(&c, name)
	}
	if c.Active() || c.Outcome == call.Rejected {
		return &c, c.Peer().Name != known.Peer().Name
	}
	if c.Outcome == call.Lost && l.Call.Outcome != call.Lost {
		c.Talk = l.Call.Talk // the list's is rounded up, but there is no other
	}
	c.Outcome = l.Call.Outcome
	if c.Extension == "" {
		c.Extension = l.Call.Extension
	}
	return &c, c.Outcome != known.Outcome || c.Extension != known.Extension || c.Peer().Name != known.Peer().Name
}

// findListed returns the journalled call that a listed one is, nil if there is none.
func (j *Journal) findListed(ctx context.Context, c *store.Conn, box string, l *Listed) (*call.Call, error) {
	var doc []byte
	err := c.Row(ctx, `SELECT document FROM calls WHERE listed = $1`, []any{l.place(box)}, &doc)
	if err == nil {
		known, err := decode(doc)
		return &known, err
	} else if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	number := int64(0)
	if full, _ := spelled(l.Call.Peer().Number); full != "" {
		err := c.Row(ctx, `SELECT id FROM numbers WHERE number = $1`, []any{full}, &number)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	var best *call.Call
	var why likeness
	streams := []string{candidatesByNumber}
	if number != 0 {
		streams = append(streams, candidatesByNetwork)
	}
	for _, stream := range streams {
		n := 0
		err := c.Each(ctx, stream, []any{number, box, box + "/" + text(l.Epoch) + "/"}, func(scan func(...any) error) (bool, error) {
			var doc []byte
			if err := scan(&doc); err != nil {
				return false, err
			}
			n++
			known, err := decode(doc)
			if err == nil {
				if is, same := alike(&known, l); same && (best == nil || is.before(why)) {
					best, why = &known, is
				}
			}
			return n < maxCandidates, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return best, nil
}

// Calls of a number that no entry of this list is known to be, newest first.
const (
	candidatesByNumber = `SELECT c.document FROM calls c JOIN kinds k ON k.id = c.kind
		WHERE c.number = $1 AND k.box = $2 AND (c.listed IS NULL OR substr(c.listed, 1, length($3)) <> $3) ORDER BY c.key DESC`
	candidatesByNetwork = `SELECT c.document FROM calls c JOIN kinds k ON k.id = c.kind
		WHERE c.network = $1 AND c.network > 0 AND k.box = $2 AND (c.listed IS NULL OR substr(c.listed, 1, length($3)) <> $3) ORDER BY c.key DESC`
)

// likeness is how well a journalled call fits a listed one.
type likeness struct {
	active  bool          // it still goes on, which no listed call does
	far     time.Duration // between their minutes
	other   bool          // it went another way than the list says
	started time.Time
}

// before reports whether a call fits better than another. Of equal ones it is the
// older: the list is taken in its order.
func (a likeness) before(b likeness) bool {
	switch {
	case a.active != b.active:
		return b.active
	case a.far != b.far:
		return a.far < b.far
	case a.other != b.other:
		return b.other
	}
	return a.started.Before(b.started)
}

// alike reports whether a journalled call can be a listed one of the same number,
// and how well it fits.
func alike(known *call.Call, l *Listed) (likeness, bool) {
	if known.Direction != l.Call.Direction ||
		known.MSN != "" && l.Call.MSN != "" && known.MSN != l.Call.MSN ||
		known.Extension != "" && l.Call.Extension != "" && known.Extension != l.Call.Extension {
		return likeness{}, false
	}
	d := l.far(known)
	return likeness{known.Active(), d, known.Outcome != l.Call.Outcome, known.Started}, d <= listWindow
}
