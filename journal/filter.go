package journal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Filter picks calls. Its zero value picks all.
type Filter struct {
	// Number is the other party's number, or the one that the network vouches for:
	// E.164, or as it is dialled inside the country, with any separators. A '*' at
	// the end makes it a beginning: "+4930231*", "030 231*".
	Number     string
	Withheld   bool             // calls that came without a number, in the place of Number
	Name       string           // a part of the other party's name, in upper or lower case
	Outcomes   []call.Outcome   // any of these; OutcomeNone = the call goes on
	Judgements []call.Judgement // any of these verdicts
	Direction  call.Direction
	Box        string
	Line       string    // the own number: E.164 digits, with or without plus
	Since      time.Time // began at this moment or later
	Until      time.Time // began before this moment
	Before     call.ID   // older than this call: Page.Next of the page before
	Limit      int       // calls in a page, 1 … MaxPage; 0 = 50
}

// MaxPage is how many calls a page holds at most.
const MaxPage = 1000

// resolve finds out which rows a filter is about.
func (f *Filter) resolve(ctx context.Context, r *store.Conn) (*selection, error) {
	sel := &selection{high: latestMilli << keyRandom, limit: f.Limit}
	switch {
	case f.Limit == 0:
		sel.limit = 50
	case f.Limit < 0 || f.Limit > MaxPage:
		return nil, store.Refuse(fmt.Errorf("a page of %d calls, 1 to %d are allowed", f.Limit, MaxPage))
	}
	if !f.Since.IsZero() {
		sel.low = keyAt(f.Since)
	}
	if !f.Until.IsZero() {
		sel.high = keyAt(f.Until)
	}
	if f.Before != "" {
		k, ok := key(f.Before)
		if !ok {
			return nil, store.Refuse(fmt.Errorf("before %q: no id of a call", text(string(f.Before))))
		}
		var row row
		if row.read(ctx, r, f.Before) == nil {
			k = row.key
		}
		sel.high = min(sel.high, k)
	}
	var err error
	if f.Withheld || f.Box != "" || f.Line != "" || f.Direction != call.DirectionUnknown || len(f.Outcomes) > 0 || len(f.Judgements) > 0 {
		if sel.kinds, err = f.kinds(ctx, r); err != nil {
			return nil, err
		}
	}
	if f.Withheld {
		sel.numbers = map[int64]bool{0: true} // see store/schema/1.sql
	} else if f.Number != "" {
		if sel.numbers, sel.calls, err = numbersLike(ctx, r, f.Number); err != nil {
			return nil, err
		}
	}
	if f.Name != "" {
		sel.names, err = rows(ctx, r, `SELECT id FROM names WHERE instr(folded, $1) > 0`, folded(text(f.Name)))
	}
	return sel, err
}

func (f *Filter) kinds(ctx context.Context, r *store.Conn) (map[int64]bool, error) {
	found := map[int64]bool{}
	if f.Withheld && f.Direction == call.Outgoing {
		return found, nil // a call to nobody is no withheld one
	}
	incoming := f.Withheld
	err := eachKind(ctx, r, func(id int64, k kind) {
		if (f.Box == "" || f.Box == k.box) &&
			(f.Line == "" || strings.TrimPrefix(f.Line, "+") == k.line) &&
			(!incoming || k.direction == call.Incoming.String()) &&
			(f.Direction == call.DirectionUnknown || f.Direction.String() == k.direction) &&
			(len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, outcomes[k.outcome])) &&
			(len(f.Judgements) == 0 || slices.Contains(f.Judgements, judgements[k.verdict])) {
			found[id] = true
		}
	})
	return found, err
}

// Lines are the own numbers of which the journal holds calls of a box, or of all
// boxes (""), as in Filter.Line.
func (j *Journal) Lines(ctx context.Context, box string) ([]string, error) {
	r, err := j.store.Reader(ctx)
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	var found []string
	err = eachKind(ctx, r, func(_ int64, k kind) {
		if (box == "" || box == k.box) && k.line != "" && !slices.Contains(found, k.line) {
			found = append(found, k.line)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return found, nil
}

func eachKind(ctx context.Context, r *store.Conn, f func(id int64, k kind)) error {
	return r.Each(ctx, `SELECT id, box, direction, outcome, verdict, line FROM kinds`, nil, func(scan func(...any) error) (bool, error) {
		var id int64
		var k kind
		err := scan(&id, &k.box, &k.direction, &k.outcome, &k.verdict, &k.line)
		if err == nil {
			f(id, k)
		}
		return true, err
	})
}

// numbersLike finds the numbers of a filter in both spellings, and how many calls
// they have.
func numbersLike(ctx context.Context, r *store.Conn, s string) (map[int64]bool, int64, error) {
	if !CanMatch(s) {
		return nil, 0, store.Refuse(fmt.Errorf("number %q can be none", call.Mask(text(s))))
	}
	n, prefix := pattern(s)
	query, args := `SELECT id, calls + dialled FROM numbers WHERE number = $1 UNION SELECT id, calls + dialled FROM numbers WHERE national = $1`, []any{n}
	if prefix {
		query = `SELECT id, calls + dialled FROM numbers WHERE number >= $1 AND number < $2
			UNION SELECT id, calls + dialled FROM numbers WHERE national >= $1 AND national < $2`
		args = append(args, n+"\x7f")
	}
	found, calls := map[int64]bool{}, int64(0)
	err := r.Each(ctx, query, args, func(scan func(...any) error) (bool, error) {
		var id, of int64
		err := scan(&id, &of)
		found[id] = true
		calls += of
		return true, err
	})
	return found, calls, err
}

// CanMatch reports whether a text can be a number to filter by: digits with any
// separators, a '*' at the end, or a number inside the house such as "**610".
func CanMatch(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789+*#()-/. \u00a0", r) }) {
		return false
	}
	n, _ := pattern(s)
	if !strings.ContainsAny(s, "0123456789") {
		return false
	}
	inside := strings.HasPrefix(n, "*") || strings.HasPrefix(n, "#")
	return inside || !strings.ContainsAny(n, "*#") && strings.LastIndexByte(n, '+') <= 0
}

// pattern reads a number as a user writes it: without separators, "00" as "+",
// and a '*' behind digits as "whatever follows".
func pattern(s string) (number string, prefix bool) {
	s = strings.ReplaceAll(s, "(0)", "") // +49 (0) 30 …
	n := digitsOf(s)
	if rest := strings.TrimRight(n, "*"); rest != n && strings.ContainsAny(rest, "0123456789") {
		n, prefix = rest, true
	}
	if rest, ok := strings.CutPrefix(n, "00"); ok {
		n = "+" + rest
	}
	return n, prefix
}

func rows(ctx context.Context, r *store.Conn, text string, args ...any) (map[int64]bool, error) {
	found := map[int64]bool{}
	err := r.Each(ctx, text, args, func(scan func(...any) error) (bool, error) {
		var id int64
		err := scan(&id)
		found[id] = true
		return true, err
	})
	return found, err
}
