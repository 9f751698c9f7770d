package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// table is a table of the schema, and what its rows look like: one letter for each column,
// n for the row's id, t text, b text or bytes, i integer; capitals are those that may be
// NULL. No two tables have rows that look alike, so a page tells by itself what it holds.
type table struct{ name, columns, row string }

var tables = []table{
	{"kinds", "id, box, direction, outcome, verdict, line", "nttttt"},
	{"numbers", "id, number, national, first_seen, last_seen, calls, dialled, answered, talked, early", "nttIIiiiii"},
	{"names", "id, name, folded", "ntt"},
	{"calls", "key, id, kind, number, network, name, listed, document", "ntiiiiTb"},
	{"lists", "id, list, pattern, name, who, why, added, expires", "ntttttiI"},
	{"writes", "id, box, action, target, before, after, who, why, at, undone_by, forgotten", "ntttbbttiii"},
	{"memory", "key, value", "tb"},
}

// fits reports whether values look like a row.
func (t *table) fits(values []any) bool {
	if len(values) != len(t.row) {
		return false
	}
	for i, v := range values {
		ok := false
		switch v := v.(type) {
		case nil:
			ok = t.row[i] == 'n' || t.row[i] == 'T' || t.row[i] == 'I'
		case int64:
			ok = t.row[i] == 'i' || t.row[i] == 'I'
		case string:
			ok = strings.IndexByte("tTb", t.row[i]) >= 0 && utf8.ValidString(v)
		case []byte:
			ok = t.row[i] == 'b'
		}
		if !ok {
			return false
		}
	}
	return true
}

// insert is the statement that takes a row over. What contradicts a row that is there
// already stays away.
func (t *table) insert() string {
	marks := make([]string, len(t.row))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	return "INSERT OR IGNORE INTO " + t.name + " (" + t.columns + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

// salvaged tells what of a damaged file was taken over.
type salvaged struct {
	rows     map[string]int // by table
	calls    int            // as an index knows them, which may be damaged too
	complete bool           // all of the file was looked at in time
}

// lostCalls is how many calls are known to be lost.
func (s *salvaged) lostCalls() int { return max(0, s.calls-s.rows["calls"]) }

const (
	salvageTime  = 20 * time.Second // for reading a damaged file, so that the start goes on
	salvageBatch = 20_000           // rows in a transaction
	maxFromIndex = 50_000           // rows of indices that are kept for the end
	idLength     = 26               // of a call
)

// keySalvaged says that rows were taken over from a damaged file and what belongs together
// was not checked yet.
const keySalvaged = "_salvaged"

// salvage takes over what can be read of the damaged file at path. A damaged page costs the
// rows on it: the others are found without the pages that point to them.
func (s *sqlite) salvage(ctx context.Context, path string) (*salvaged, error) {
	p, err := openPages(path)
	if err != nil {
		return nil, err
	}
	defer p.close()
	found := &salvaged{rows: map[string]int{}}
	end := time.Now().Add(salvageTime)
	var batch, last [][]any // values with the table behind them
	flush := func() error {
		err := s.insertAll(ctx, batch, found)
		batch = batch[:0]
		return err
	}
	page := make([]byte, p.size)
	for n := uint32(1); n <= p.count; n++ {
		if time.Now().After(end) {
			return found, flush()
		}
		if !p.read(n, page) {
			continue
		}
		p.records(n, page, func(kind byte, rowID int64, values []any) {
			if kind != leafTable {
				if row := found.fromIndex(values); row != nil && len(last) < maxFromIndex {
					last = append(last, row)
				}
				return
			}
			for i := range tables {
				if t := &tables[i]; t.fits(values) {
					if t.row[0] == 'n' {
						values[0] = rowID
					}
					batch = append(batch, append(values, t))
				}
			}
		})
		if len(batch) >= salvageBatch {
			if err := flush(); err != nil {
				return found, err
			}
		}
	}
	found.complete = true
	batch = append(batch, last...)
	return found, flush()
}

// fromIndex returns the row of a table of which an index holds all that matters: what calls
// have in common, and the numbers on the own lists. Their table may be a single page.
func (f *salvaged) fromIndex(values []any) []any {
	texts := 0
	for _, v := range values {
		if s, ok := v.(string); ok && utf8.ValidString(s) {
			texts++
		}
	}
	if len(values) == 0 || texts != len(values)-1 {
		return nil
	}
	id, ok := values[len(values)-1].(int64)
	switch {
	case !ok:
	case texts == 5:
		return append([]any{id}, append(values[:5:5], &tables[0])...)
	case texts == 2:
		return []any{id, values[0], values[1], "", "", "", time.Now().UnixMilli(), nil, &tables[4]}
	case texts == 1 && len(values[0].(string)) == idLength:
		f.calls++
	}
	return nil
}

// insertAll writes rows in one transaction.
func (s *sqlite) insertAll(ctx context.Context, rows [][]any, found *salvaged) error {
	if len(rows) == 0 {
		return nil
	}
	return s.write(ctx, func(c *Conn) error {
		if err := c.SetValue(ctx, keySalvaged, []byte{}); err != nil {
			return err
		}
		for _, row := range rows {
			t := row[len(row)-1].(*table)
			n, err := c.Exec(ctx, t.insert(), row[:len(row)-1]...)
			if err != nil && !Constraint(err) {
				return err
			}
			found.rows[t.name] += int(n)
		}
		return nil
	})
}

// newEnd ends the name of the file that takes a damaged one's place.
const newEnd = ".new"

// replaceDamaged sets a damaged file aside and puts a new one in its place with what could
// be read of it. Until that is complete the damaged one stays where it is, so that the next
// attempt begins again.
func replaceDamaged(ctx context.Context, path string, lock time.Duration, now time.Time, log *slog.Logger, damage error) (aside string, err error) {
	fresh := path + newEnd
	removeFile(fresh)
	s, err := tryOpen(ctx, fresh, lock, now, log)
	if err != nil {
		return "", err
	}
	found, err := s.salvage(ctx, path)
	err = errors.Join(err, s.close())
	if err != nil {
		removeFile(fresh)
		return "", fmt.Errorf("take over what can be read: %w", err)
	}
	if aside, err = setFileAside(path, now); err != nil {
		removeFile(fresh)
		return "", fmt.Errorf("%w, and cannot be set aside: %w", damage, err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return "", err
	}
	log.Error("journal was damaged; a new one holds what could be read", "set_aside", aside, "reason", damage.Error(),
		"calls", found.rows["calls"], "lost_calls", found.lostCalls(), "entries", found.rows["lists"], "writes", found.rows["writes"], "all_read", found.complete)
	return aside, nil
}

// removeFile removes a database and what belongs to it.
func removeFile(path string) {
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Remove(path + end)
	}
}
