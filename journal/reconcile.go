package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Reconciled is what came of comparing the journal with a box's call list.
type Reconciled struct {
	Filled []call.Call // calls that the list had something to add to
	Added  []call.Call // calls that happened while callporter was away
}

// Backfill adds to journalled calls what the box's call list knows and the call
// monitor does not: the name, and how the call went. A call is the same if its
// number, direction, own number, phone and time agree. What callporter itself
// rejected stays rejected. Calls that the journal does not have are added, unless
// their days of retention are over. A second Backfill with the same list changes
// nothing, since a call stays known by its epoch and number in the list.
func (j *Journal) Backfill(ctx context.Context, box string, list []Listed) (Reconciled, error) {
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
				if err := j.reconcileOne(ctx, c, box, &part[i], &done, &began); err != nil {
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

// reconcileOne compares one listed call with the journal. before is when the call began
// that stands before it in the list, and becomes when this one began.
func (j *Journal) reconcileOne(ctx context.Context, c *store.Conn, box string, l *Listed, done *Reconciled, before *time.Time) error {
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
	if l.Call.Started.Before(j.retained(j.o.Now())) {
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

// fill returns the call with what the list knows better, and whether that is anything.
func fill(known *call.Call, l *Listed) (*call.Call, bool) {
	c := *known
	if name := l.Call.Peer().Name; name != "" && c.Peer().Name == "" {
		setPeerName(&c, name)
	}
	if c.Active() || c.Outcome == call.Rejected || takenElsewhere(&c) && l.Call.Outcome == call.Missed {
		return &c, c.Peer().Name != known.Peer().Name
	}
	if c.Outcome == call.Lost && l.Call.Outcome != call.Lost || c.Answered.IsZero() && !l.Call.Answered.IsZero() {
		c.Talk = l.Call.Talk // the list's is rounded up, but there is no other
	}
	c.Outcome = l.Call.Outcome
	c.Extension = cmp.Or(c.Extension, l.Call.Extension)
	return &c, c.Outcome != known.Outcome || c.Extension != known.Extension || c.Peer().Name != known.Peer().Name
}

// takenElsewhere reports whether somebody took the call of the same caller to another own
// number, which the list calls a missed one.
func takenElsewhere(c *call.Call) bool {
	return c.Direction == call.Incoming && (c.Outcome == call.Answered || c.Outcome == call.AnsweringMachine) && c.Answered.IsZero()
}

// listWindow is how far the list's minute may be from the stamp of the call monitor's
// first line, by the same clock. The list rounds, and a call may cross a minute.
const listWindow = 90 * time.Second

// maxCandidates is how many of the newest calls of a number are compared.
const maxCandidates = 200

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
	if full, _ := spellings(l.Call.Peer().Number); full != "" {
		err := c.Row(ctx, `SELECT id FROM numbers WHERE number = $1`, []any{full}, &number)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	var best *call.Call
	var bestLike likeness
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
				if like, same := alike(&known, l); same && (best == nil || like.betterThan(bestLike)) {
					best, bestLike = &known, like
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

// Calls of a number, newest first, but for those that are known as an entry of this list.
const (
	candidatesByNumber = `SELECT c.document FROM calls c JOIN kinds k ON k.id = c.kind
		WHERE c.number = $1 AND k.box = $2 AND (c.listed IS NULL OR substr(c.listed, 1, length($3)) <> $3) ORDER BY c.key DESC`
	candidatesByNetwork = `SELECT c.document FROM calls c JOIN kinds k ON k.id = c.kind
		WHERE c.network = $1 AND c.network > 0 AND k.box = $2 AND (c.listed IS NULL OR substr(c.listed, 1, length($3)) <> $3) ORDER BY c.key DESC`
)

// likeness is how well a journalled call fits a listed one.
type likeness struct {
	active       bool          // it still goes on, which no listed call does
	minutesApart time.Duration // see Listed.minutesApart
	otherOutcome bool          // it went another way than the list says
	started      time.Time
}

// betterThan reports whether a call fits better than another. Of two that fit equally
// well it is the older, because the calls of the list are compared in its order.
func (a likeness) betterThan(b likeness) bool {
	switch {
	case a.active != b.active:
		return b.active
	case a.minutesApart != b.minutesApart:
		return a.minutesApart < b.minutesApart
	case a.otherOutcome != b.otherOutcome:
		return b.otherOutcome
	}
	return a.started.Before(b.started)
}

// sameOwn reports whether two own numbers can be the same. One that was seen before the box
// had told its area code lacks that.
func sameOwn(a, b string) bool { return strings.HasSuffix(a, b) || strings.HasSuffix(b, a) }

// alike reports whether a journalled call can be a listed one of the same number,
// and how well it fits.
func alike(known *call.Call, l *Listed) (likeness, bool) {
	if known.Direction != l.Call.Direction ||
		!sameOwn(known.MSN, l.Call.MSN) ||
		known.Extension != "" && l.Call.Extension != "" && known.Extension != l.Call.Extension {
		return likeness{}, false
	}
	d := l.minutesApart(known)
	return likeness{known.Active(), d, known.Outcome != l.Call.Outcome, known.Started}, d <= listWindow
}
