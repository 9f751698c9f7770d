package journal

import (
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

// List names one of the own lists.
type List uint8

// The own lists.
const (
	ListUnknown List = iota
	Allow
	Block
)

var listNames = [...]string{"unknown", "allow", "block"}

// String returns "allow", "block" or "unknown".
func (l List) String() string {
	if int(l) < len(listNames) {
		return listNames[l]
	}
	return "unknown"
}

// MarshalText returns the String.
func (l List) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// ListEntry is a number, or all numbers with a beginning, on an own list.
type ListEntry struct {
	List List
	// Pattern is a number, or its beginning with a '*' behind: "+493023125123",
	// "030231*". E.164 and the spelling inside the country are both understood; a
	// journal knows no area code, so a number needs its own.
	Pattern string
	Name    string
	Who     string    // who put it there: "mqtt", "cli", a person
	Why     string    // for people
	Added   time.Time // zero = now
	Expires time.Time // holds until before this moment; zero = for ever
}

// expired reports whether the entry holds no more.
func (e *ListEntry) expired(now time.Time) bool { return !e.Expires.IsZero() && !now.Before(e.Expires) }

// MaxListEntries is how many entries all own lists have together.
const MaxListEntries = 50_000

// AddEntry puts a number on a list and returns the entry as it is kept, its
// pattern without separators. An entry with the same pattern is replaced.
func (j *Journal) AddEntry(ctx context.Context, e ListEntry) (ListEntry, error) {
	n, err := listPattern(e.Pattern)
	if err != nil {
		return e, fmt.Errorf("add to list: %w", err)
	}
	if e.List != Allow && e.List != Block {
		return e, errors.New("add to list: no such list")
	}
	e.Pattern, e.Name, e.Who, e.Why = n, text(e.Name), text(e.Who), text(e.Why)
	if e.Added.IsZero() {
		e.Added = j.o.Now()
	}
	e.Added = fromMilli(milli(e.Added))
	var expires any
	if !e.Expires.IsZero() {
		e.Expires = fromMilli(milli(e.Expires))
		expires = milli(e.Expires)
	}
	err = j.changeLists(ctx, func(c *store.Conn) error {
		var count int
		if err := c.Row(ctx, `SELECT count(*) FROM lists`, nil, &count); err != nil {
			return err
		}
		if count >= MaxListEntries {
			return store.Refuse(fmt.Errorf("the lists have %d entries, no more are allowed", count))
		}
		_, err := c.Exec(ctx, `INSERT INTO lists (list, pattern, name, who, why, added, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (list, pattern) DO UPDATE SET name = excluded.name, who = excluded.who, why = excluded.why,
			added = excluded.added, expires = excluded.expires`,
			e.List.String(), e.Pattern, e.Name, e.Who, e.Why, milli(e.Added), expires)
		return err
	})
	if err != nil {
		return e, fmt.Errorf("add to list: %w", err)
	}
	return e, nil
}

// RemoveEntry takes a pattern off a list and returns the entry it was; ErrUnknown
// if it was not there.
func (j *Journal) RemoveEntry(ctx context.Context, l List, pattern string) (ListEntry, error) {
	n, err := listPattern(pattern)
	if err != nil {
		return ListEntry{}, fmt.Errorf("remove from list: %w", err)
	}
	var e ListEntry
	err = j.changeLists(ctx, func(c *store.Conn) error {
		err := readListEntry(&e, func(dest ...any) error {
			return c.Row(ctx, `DELETE FROM lists WHERE list = $1 AND pattern = $2 RETURNING list, pattern, name, who, why, added, expires`,
				[]any{l.String(), n}, dest...)
		})
		if errors.Is(err, sql.ErrNoRows) {
			return store.Refuse(ErrUnknown)
		}
		return err
	})
	if err != nil {
		return ListEntry{}, fmt.Errorf("remove from list: %w", err)
	}
	return e, nil
}

// Entries returns a list by pattern, expired entries included as long as they are
// kept.
func (j *Journal) Entries(l List) []ListEntry {
	var of []ListEntry
	for _, e := range j.lists.Load().all {
		if e.List == l {
			of = append(of, e)
		}
	}
	return of
}

func listPattern(s string) (string, error) {
	n, prefix := pattern(s)
	if !strings.ContainsAny(n, "0123456789") || len(n) > maxPattern {
		return "", fmt.Errorf("%q is no number", call.Mask(text(s)))
	}
	if prefix {
		n += "*"
	}
	return n, nil
}

// changeLists runs f in a transaction and reads the lists anew.
func (j *Journal) changeLists(ctx context.Context, f func(*store.Conn) error) error {
	var all []ListEntry
	err := j.store.Write(ctx, func(c *store.Conn) error {
		err := f(c)
		if err == nil {
			all, err = readLists(ctx, c)
		}
		return err
	})
	if err == nil {
		j.lists.Store(newLists(all))
	}
	return err
}

func readLists(ctx context.Context, c *store.Conn) ([]ListEntry, error) {
	var all []ListEntry
	err := c.Each(ctx, `SELECT list, pattern, name, who, why, added, expires FROM lists ORDER BY list, pattern`, nil,
		func(scan func(...any) error) (bool, error) {
			var e ListEntry
			err := readListEntry(&e, scan)
			all = append(all, e)
			return true, err
		})
	return all, err
}

func readListEntry(e *ListEntry, scan func(...any) error) error {
	var list string
	var added int64
	var expires sql.NullInt64
	if err := scan(&list, &e.Pattern, &e.Name, &e.Who, &e.Why, &added, &expires); err != nil {
		return err
	}
	e.List = List(max(slices.Index(listNames[:], list), 0))
	e.Added, e.Expires = fromMilli(added), time.Time{}
	if expires.Valid {
		e.Expires = fromMilli(expires.Int64)
	}
	return nil
}
