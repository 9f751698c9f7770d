package journal

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// KeyBegan begins the keys under which the gateway remembers that the journal has taken over
// a box's call list. A journal that has lost calls forgets them, so that the list is taken
// over again.
const KeyBegan = "began/"

// repair puts in order what was taken over from a damaged file. What calls refer to and is
// lost is made again from the calls themselves, under the same ids.
func (j *Journal) repair(ctx context.Context, c *store.Conn) error {
	r := repair{j: j, names: map[int64]string{}, numbers: map[int64]*lostNumber{}, kinds: map[int64]kind{}}
	var err error
	if r.box, err = likelyBox(ctx, c); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, `DELETE FROM memory WHERE substr(key, 1, length($1)) = $1`, KeyBegan); err != nil {
		return err
	}
	err = c.Each(ctx, `SELECT c.key, c.id, c.kind, c.number, c.network, c.name, coalesce(c.listed, ''), c.document,
		EXISTS (SELECT 1 FROM kinds WHERE id = c.kind), EXISTS (SELECT 1 FROM numbers WHERE id = c.number),
		EXISTS (SELECT 1 FROM numbers WHERE id = c.network), EXISTS (SELECT 1 FROM names WHERE id = c.name) FROM calls c`, nil,
		func(scan func(...any) error) (bool, error) {
			var s salvagedCall
			err := scan(&s.key, &s.id, &s.kind, &s.number, &s.network, &s.name, &s.listed, &s.document,
				&s.hasKind, &s.hasNumber, &s.hasNetwork, &s.hasName)
			if err == nil {
				r.call(&s)
			}
			return true, err
		})
	if err != nil {
		return err
	}
	return r.write(ctx, c)
}

// likelyBox returns the box that most calls are of, or else one that there is, for calls of
// which it is not known.
func likelyBox(ctx context.Context, c *store.Conn) (box string, err error) {
	for _, query := range []string{
		`SELECT k.box FROM calls c JOIN kinds k ON k.id = c.kind GROUP BY k.box ORDER BY count(*) DESC LIMIT 1`,
		`SELECT substr(key, length('` + KeyBegan + `') + 1) FROM memory WHERE substr(key, 1, length('` + KeyBegan + `')) = '` + KeyBegan + `' LIMIT 1`,
	} {
		if err == nil && box == "" {
			err = c.Each(ctx, query, nil, func(scan func(...any) error) (bool, error) { return false, scan(&box) })
		}
	}
	return box, err
}

// salvagedCall is a call and which of the rows it refers to are there.
type salvagedCall struct {
	row
	id                                      string
	hasKind, hasNumber, hasNetwork, hasName bool
}

// lostNumber is a number of which the row is lost, as the calls that are left know it.
type lostNumber struct {
	number      call.Number
	tally       tally
	first, last time.Time
}

// repair is what is missing, by id.
type repair struct {
	j       *Journal
	box     string
	broken  []int64 // keys of calls that cannot be read
	kinds   map[int64]kind
	numbers map[int64]*lostNumber
	names   map[int64]string
}

func (r *repair) call(s *salvagedCall) {
	c, err := decode(s.document)
	if _, valid := key(c.ID); err != nil || !valid || string(c.ID) != s.id {
		r.broken = append(r.broken, s.key)
		return
	}
	box, _, _ := strings.Cut(s.listed, "/")
	r.box = cmp.Or(r.box, box)
	if !s.hasKind && r.kinds[s.kind].box == "" {
		r.kinds[s.kind] = kindOf(box, &c)
	}
	peer := c.Peer()
	if s.number > 0 && !s.hasNumber {
		n := r.lost(s.number, peer.Number)
		n.count(r.j.tally(&c), c.Started)
	}
	if s.network > 0 && !s.hasNetwork {
		r.lost(s.network, peer.Network)
	}
	if s.name > 0 && !s.hasName {
		r.names[s.name] = text(peer.Name)
	}
}

func (r *repair) lost(id int64, n call.Number) *lostNumber {
	if r.numbers[id] == nil {
		r.numbers[id] = &lostNumber{number: n}
	}
	return r.numbers[id]
}

func (n *lostNumber) count(t tally, at time.Time) {
	n.tally = n.tally.minus(tally{}.minus(t))
	if n.first.IsZero() || at.Before(n.first) {
		n.first = at
	}
	if at.After(n.last) {
		n.last = at
	}
}

// write makes the missing rows.
func (r *repair) write(ctx context.Context, c *store.Conn) error {
	for _, key := range r.broken {
		if _, err := c.Exec(ctx, `DELETE FROM calls WHERE key = $1`, key); err != nil {
			return err
		}
	}
	for id, k := range r.kinds {
		if err := insertLost(ctx, c, id, `INSERT INTO kinds (id, box, direction, outcome, verdict, line) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (box, direction, outcome, verdict, line) DO UPDATE SET box = excluded.box RETURNING id`,
			[]any{cmp.Or(k.box, r.box), k.direction, k.outcome, k.verdict, k.line}, "kind"); err != nil {
			return err
		}
	}
	for id, n := range r.numbers {
		full, national := spellings(n.number)
		var first, last any
		if !n.first.IsZero() {
			first, last = milli(n.first), milli(n.last)
		}
		if err := insertLost(ctx, c, id, `INSERT INTO numbers (id, number, national, first_seen, last_seen, calls, dialled, answered, talked, early)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (number) DO UPDATE SET national = excluded.national RETURNING id`,
			[]any{full, national, first, last, n.tally.calls, n.tally.dialled, n.tally.answered, n.tally.talked, n.tally.early}, "number", "network"); err != nil {
			return err
		}
	}
	for id, name := range r.names {
		if err := insertLost(ctx, c, id, `INSERT INTO names (id, name, folded) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET folded = excluded.folded RETURNING id`, []any{name, folded(name)}, "name"); err != nil {
			return err
		}
	}
	return nil
}

// insertLost makes a row again under its id. Where the same row is there under another one,
// the calls refer to that from now on, in the columns named.
func insertLost(ctx context.Context, c *store.Conn, id int64, statement string, values []any, columns ...string) error {
	var now int64
	if err := c.Row(ctx, statement, append([]any{id}, values...), &now); err != nil || now == id {
		return err
	}
	for _, column := range columns {
		if _, err := c.Exec(ctx, `UPDATE calls SET `+column+` = $1 WHERE `+column+` = $2`, now, id); err != nil {
			return err
		}
	}
	return nil
}
