package phoneblock

import (
	"encoding/json"
	"io"
	"time"

	"github.com/callporter/callporter/screening/mirror"
)

// listed is a number of a list.
type listed struct {
	Phone        string `json:"phone"`
	Rating       Rating `json:"rating"`
	Votes        int    `json:"votes"`        // 0 = it is listed no more
	LastActivity int64  `json:"lastActivity"` // Unix milliseconds
}

// maxPiece bounds one number of a list, and whatever else it holds.
const maxPiece = 64 << 10

// paced fails when one piece of a list is so long that it would fill the memory.
type paced struct {
	from io.Reader
	left int // bytes until the next piece has to begin
}

func (p *paced) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errUnreadable
	}
	n, err := p.from.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// readList reads a list as it comes.
func readList(body io.Reader, now time.Time) (list mirror.List, err error) {
	pace := &paced{body, maxPiece}
	d := json.NewDecoder(pace)
	if !isDelim(d, '{') {
		return list, errUnreadable
	}
	var numbers, version bool
	for d.More() {
		pace.left = maxPiece
		key, err := d.Token()
		if err != nil {
			return list, errUnreadable
		}
		switch key {
		case "numbers":
			numbers = true
			list.Entries, err = readNumbers(d, pace, list.Entries, now)
		case "version":
			version = true
			err = d.Decode(&list.Version)
		default:
			err = d.Decode(new(json.RawMessage))
		}
		if err != nil {
			return list, errUnreadable
		}
	}
	if !isDelim(d, '}') || !numbers || !version {
		return list, errUnreadable
	}
	return list, nil
}

// readNumbers adds the numbers of an array. Those that are none are left out.
func readNumbers(d *json.Decoder, pace *paced, entries []mirror.Entry, now time.Time) ([]mirror.Entry, error) {
	if !isDelim(d, '[') {
		return nil, errUnreadable
	}
	for d.More() {
		pace.left = maxPiece
		var l listed
		if err := d.Decode(&l); err != nil {
			return nil, err
		}
		number, ok := mirror.Digits(international(l.Phone))
		if !ok {
			continue
		}
		if len(entries) > 2*mirror.MaxEntries {
			return nil, errUnreadable
		}
		if l.Rating == Legitimate {
			l.Votes = 0 // nothing is held against it
		}
		listing := Listing{Votes: l.Votes, Rating: l.Rating}
		if l.LastActivity > 0 {
			listing.Last = time.UnixMilli(l.LastActivity)
		}
		entries = append(entries, mirror.Pack(number, listing.pack(now)))
	}
	if !isDelim(d, ']') {
		return nil, errUnreadable
	}
	return entries, nil
}

// isDelim reads a token and reports whether it is a delimiter.
func isDelim(d *json.Decoder, want json.Delim) bool {
	token, err := d.Token()
	return err == nil && token == want
}
