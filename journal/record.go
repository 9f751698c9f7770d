package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/spelling"
	"github.com/callporter/callporter/journal/store"
)

// kind is what a call has in common with many others.
type kind struct{ box, direction, outcome, verdict, line string }

func kindOf(box string, c *call.Call) kind {
	return kind{box, word(c.Direction), word(c.Outcome), c.Verdict.Judgement.String(), text(c.MSN)}
}

// rowIDs are the ids of rows that are known to be in the file, so that they need not be
// looked up for every call.
type rowIDs struct {
	kinds map[kind]int64
	names map[string]int64
}

const maxNames = 4096 // in rowIDs at a time

// put writes the newest value of a call. listed is its place in the box's call
// list, see Listed.place; "" where that is not known.
func (j *Journal) put(ctx context.Context, c *store.Conn, box string, next *call.Call, listed string) error {
	var before row
	k, ok := key(next.ID)
	if !ok {
		return store.Refuse(errors.New("the call has no valid id"))
	}
	err := before.read(ctx, c, next.ID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if k, err = freeKey(ctx, c, k); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		k = before.key
		if old, err := decode(before.document); err == nil {
			next = merge(next, &old, before.listed != "" && listed == "")
			before.tally = j.tally(&old)
			if full, _ := spellings(old.Peer().Number); full != text(next.Peer().Number.Full()) {
				if _, err := countNumber(ctx, c, old.Peer().Number, tally{}.minus(before.tally), time.Time{}); err != nil {
					return err
				}
				before.tally = tally{}
			}
		}
		listed = cmp.Or(listed, before.listed)
	}
	doc, err := encode(next)
	if err != nil {
		return store.Refuse(err)
	}
	kind, err := j.kindID(ctx, c, kindOf(box, next))
	if err != nil {
		return err
	}
	peer := next.Peer()
	seen := next.Started
	if next.Injected() {
		seen = time.Time{}
	}
	number, err := countNumber(ctx, c, peer.Number, j.tally(next).minus(before.tally), seen)
	if err != nil {
		return err
	}
	network, err := countNumber(ctx, c, peer.Network, tally{}, time.Time{})
	if err != nil {
		return err
	}
	name, err := j.nameID(ctx, c, peer.Name)
	if err != nil {
		return err
	}
	var place any
	if listed != "" {
		place = listed
	}
	if _, err = c.Exec(ctx, `INSERT INTO calls (key, id, kind, number, network, name, listed, document)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, number = excluded.number, network = excluded.network,
		name = excluded.name, listed = excluded.listed, document = excluded.document`,
		k, string(next.ID), kind, number, network, name, place, doc); err != nil {
		return err
	}
	if before.name != 0 && before.name != name {
		return j.deleteUnusedName(ctx, c, before.name)
	}
	return nil
}

// merge returns the newest value of a call together with what the box's call list has
// told about an older one. listed reports whether the list has, and next is not from it.
func merge(next, old *call.Call, listed bool) *call.Call {
	m := *next
	if p, name := m.Peer(), old.Peer().Name; p.Name == "" && name != "" {
		setPeerName(&m, name)
	}
	if listed && old.Outcome != call.OutcomeNone && m.Outcome != call.Rejected {
		m.Outcome = old.Outcome
	}
	return &m
}

func setPeerName(c *call.Call, name string) {
	if c.Direction == call.Outgoing {
		c.Callee.Name = name
	} else {
		c.Caller.Name = name
	}
}

// row is a call as it stands in the file.
type row struct {
	key, kind, number, network, name int64
	listed                           string
	document                         []byte
	tally                            tally
}

func (r *row) read(ctx context.Context, c *store.Conn, id call.ID) error {
	return c.Row(ctx, `SELECT key, kind, number, network, name, coalesce(listed, ''), document FROM calls WHERE id = $1`,
		[]any{string(id)}, &r.key, &r.kind, &r.number, &r.network, &r.name, &r.listed, &r.document)
}

// freeKey returns k, or if a call has that key already, the one behind the last of its
// millisecond. Calls of a burst may all have the same key, and trying one key after the
// other would take as many queries as there are calls.
func freeKey(ctx context.Context, c *store.Conn, k int64) (int64, error) {
	for {
		var taken bool
		var last int64
		err := c.Row(ctx, `SELECT EXISTS (SELECT 1 FROM calls WHERE key = $1),
			coalesce((SELECT max(key) FROM calls WHERE key >= $1 AND key < $2), 0)`,
			[]any{k, (k>>keyRandom + 1) << keyRandom}, &taken, &last)
		if err != nil || !taken {
			return k, err
		}
		k = last + 1
	}
}

func (j *Journal) kindID(ctx context.Context, c *store.Conn, k kind) (int64, error) {
	if id, ok := j.ids.kinds[k]; ok {
		return id, nil
	}
	var id int64
	err := c.Row(ctx, `INSERT INTO kinds (box, direction, outcome, verdict, line) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (box, direction, outcome, verdict, line) DO UPDATE SET box = excluded.box RETURNING id`,
		[]any{k.box, k.direction, k.outcome, k.verdict, k.line}, &id)
	if err != nil {
		return 0, err
	}
	if j.ids.kinds == nil {
		j.ids.kinds = map[kind]int64{}
	}
	j.ids.kinds[k] = id
	return id, nil
}

func (j *Journal) nameID(ctx context.Context, c *store.Conn, name string) (int64, error) {
	if name = text(name); name == "" {
		return 0, nil
	}
	if id, ok := j.ids.names[name]; ok {
		return id, nil
	}
	var id int64
	err := c.Row(ctx, `INSERT INTO names (name, folded) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET folded = excluded.folded RETURNING id`, []any{name, folded(name)}, &id)
	if err != nil {
		return 0, err
	}
	if j.ids.names == nil || len(j.ids.names) >= maxNames {
		j.ids.names = map[string]int64{}
	}
	j.ids.names[name] = id
	return id, nil
}

// deleteUnusedName deletes a name that no call has any more.
func (j *Journal) deleteUnusedName(ctx context.Context, c *store.Conn, id int64) error {
	j.ids.names = nil
	_, err := c.Exec(ctx, `DELETE FROM names WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM calls WHERE name = $1 AND name > 0)`, id)
	return err
}

// spellings are the two ways a number is looked for: E.164 or as reported, and as
// it is dialled inside the country.
func spellings(n call.Number) (full, national string) {
	full = text(n.Full())
	if national = digitsOf(n.National); national == "" {
		national = full
	}
	return full, national
}

// digitsOf takes the separators out of a number.
func digitsOf(s string) string { return spelling.Digits(text(s)) }

// endActive ends the calls that were going on when callporter was killed. Nobody saw
// their end, so they end at the last moment that is known of them.
func (j *Journal) endActive(ctx context.Context, c *store.Conn) error {
	type stored struct {
		box      string
		document []byte
	}
	var active []stored
	err := c.Each(ctx, `SELECT k.box, c.document FROM kinds k JOIN calls c ON c.kind = k.id WHERE k.outcome = ''`, nil,
		func(scan func(...any) error) (bool, error) {
			var s stored
			err := scan(&s.box, &s.document)
			active = append(active, s)
			return true, err
		})
	if err != nil {
		return err
	}
	for _, s := range active {
		lost, err := decode(s.document)
		if err != nil {
			continue
		}
		lost.Phase, lost.Outcome, lost.Ended = call.Ended, call.Lost, lost.Started
		if lost.Answered.After(lost.Started) {
			lost.Ended = lost.Answered
		}
		if err := j.put(ctx, c, s.box, &lost, ""); err != nil {
			return err
		}
	}
	return nil
}
