package tellowslist

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/screening/mirror"
)

// errUnreadable says nothing of what was read: it may be numbers.
var errUnreadable = errors.New("the answer is no score list")

const (
	maxPiece = 64 << 10 // bytes of one number of the list
	maxIntro = 4 << 10  // bytes before the list: a warning may stand there
	maxTypes = 31       // kinds of caller
	maxType  = 64       // bytes of one
)

// Listing is what the list says of a number.
type Listing struct {
	Score   int    // 1, good, to 9, bad
	Ratings int    // at least
	Type    string // kind of caller, in the words of tellows; "" = not known
}

// The payload: 4 bits for the score, 5 for the ratings, 5 for the index of the kind.
func pack(score, ratings, kind int) uint16 {
	return uint16(score)<<(mirror.CountBits+5) | mirror.PackCount(ratings)<<5 | uint16(kind)
}

// Find returns what a list says of a number.
func Find(s *mirror.Snapshot, number uint64) (Listing, bool) {
	payload, found := s.Find(number)
	if !found {
		return Listing{}, false
	}
	l := Listing{Score: int(payload >> (mirror.CountBits + 5)), Ratings: mirror.UnpackCount(payload >> 5)}
	if kind := int(payload & 31); kind > 0 && kind <= len(s.Names) {
		l.Type = s.Names[kind-1]
	}
	return l, true
}

// figure is a figure that may be written as a text.
type figure float64

// UnmarshalJSON reads 8, "8" and "".
func (f *figure) UnmarshalJSON(text []byte) error {
	trimmed := strings.Trim(string(text), `" `)
	if trimmed == "" || trimmed == "null" {
		*f = 0
		return nil
	}
	v, err := strconv.ParseFloat(trimmed, 64)
	*f = figure(min(max(v, 0), 1_000_000))
	return err
}

// text is a text that may be written as a figure.
type text string

// UnmarshalJSON reads "0049…" and 49….
func (t *text) UnmarshalJSON(raw []byte) error {
	*t = text(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		*t = text(s)
		return err
	}
	return nil
}

// paced fails when one number of the list is so long that it would fill the memory.
type paced struct {
	from io.Reader
	left int
}

func (p *paced) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errUnreadable
	}
	n, err := p.from.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// read reads a list as it comes.
func read(body io.Reader) (list mirror.List, err error) {
	pace := &paced{body, maxPiece}
	r := bufio.NewReader(pace)
	for skipped := 0; ; skipped++ {
		switch next, err := r.Peek(1); {
		case err != nil || skipped > maxIntro || next[0] == '{':
			return list, errUnreadable
		case next[0] != '[':
			_, _ = r.Discard(1)
			continue
		}
		break
	}
	d := json.NewDecoder(r)
	if _, err := d.Token(); err != nil {
		return list, errUnreadable
	}
	for d.More() {
		pace.left = maxPiece
		var one struct {
			Number     text   `json:"number"`
			Score      figure `json:"score"`
			Complains  figure `json:"complains"`
			CallerType text   `json:"callertype"`
		}
		if d.Decode(&one) != nil || len(list.Entries) > mirror.MaxEntries {
			return list, errUnreadable
		}
		number, ok := mirror.Digits(international(string(one.Number)))
		score := int(math.Round(float64(one.Score)))
		if !ok || score < 1 || score > 9 {
			continue
		}
		list.Entries = append(list.Entries, mirror.Pack(number, pack(score, int(one.Complains), kindOf(&list, string(one.CallerType)))))
	}
	if end, err := d.Token(); err != nil || end != json.Delim(']') {
		return list, errUnreadable
	}
	return list, nil
}

// kindOf returns the index of a kind of caller, from 1 on; 0 = not known, or one too many.
func kindOf(list *mirror.List, kind string) int {
	kind = strings.TrimSpace(strings.ToValidUTF8(kind, ""))
	if kind == "" || kind == "null" || kind == "Unbekannt" || len(kind) > maxType {
		return 0
	}
	if i := slices.Index(list.Names, kind); i >= 0 {
		return i + 1
	}
	if len(list.Names) == maxTypes {
		return 0
	}
	list.Names = append(list.Names, kind)
	return len(list.Names)
}

// international returns a number with a plus. It was asked for in international form, so
// that one without 00 has its country code.
func international(number string) string {
	number = strings.TrimPrefix(strings.TrimSpace(number), "+")
	return "+" + strings.TrimPrefix(number, "00")
}
