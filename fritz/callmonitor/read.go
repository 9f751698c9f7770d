package callmonitor

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/callporter/callporter/call"
)

// emptyReads is how many reads in a row may bring nothing before the reader is
// taken to be broken.
const emptyReads = 100

// Read yields the events of a call monitor log, such as a Recorder writes, in the
// order of the file. Blank lines and lines that begin with '#' are skipped. A line
// that is no event yields a *BadLine with its number, and reading goes on; an error
// of the reader itself is yielded last, as it is wrapped. The clock should be a
// ReplayClock.
//
// Memory is bounded whatever the file holds. A last line without a line end counts
// if it ends in a semicolon; else it is Cut.
func Read(r io.Reader, clock *Clock) iter.Seq2[call.Event, error] {
	return func(yield func(call.Event, error) bool) {
		split, n := new(splitter), 0
		each := func(line []byte, reason LineReason) bool {
			n++
			if reason != LineReasonUnknown {
				return yield(call.Event{}, &BadLine{Reason: reason, Line: n})
			}
			if comment(line) {
				return true
			}
			ev, err := Parse(line, clock)
			var bad *BadLine
			if errors.As(err, &bad) {
				if bad.Line = n; bad.Reason == Empty {
					return true
				}
			}
			return yield(ev, err)
		}
		empty := 0
		for {
			got, err := r.Read(split.room())
			split.added(got)
			for line, tooLong, ok := split.next(); ok; line, tooLong, ok = split.next() {
				reason := LineReasonUnknown
				if tooLong {
					reason = TooLong
				}
				if !each(line, reason) {
					return
				}
			}
			if empty++; got > 0 {
				empty = 0
			}
			if err == nil && empty == emptyReads {
				err = io.ErrNoProgress
			}
			if err == nil {
				continue
			}
			if rest := split.rest(); len(rest) > 0 {
				reason := LineReasonUnknown
				if rest[len(rest)-1] != ';' && !comment(rest) {
					reason = Cut
				}
				if !each(rest, reason) {
					return
				}
			}
			if err != io.EOF {
				yield(call.Event{}, fmt.Errorf("read call monitor log: %w", err))
			}
			return
		}
	}
}

// comment reports whether the first visible byte of a line is '#'.
func comment(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' {
			return c == '#'
		}
	}
	return false
}
