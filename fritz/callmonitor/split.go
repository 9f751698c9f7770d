package callmonitor

import "bytes"

// splitter cuts a stream into lines over one fixed buffer, however the stream is
// split into segments, and allocates nothing. bufio.Scanner would end at the first
// overlong line; here such a line counts once and reading goes on behind its LF.
//
// Read into room, pass the count to added, take lines with next until there is none,
// and repeat. After the end of the stream, rest is what follows its last line.
type splitter struct {
	buf        [2 * MaxLine]byte
	start, end int  // the bytes not yet handed out
	scanned    int  // up to here there is no LF
	skipping   bool // within the rest of an overlong line
}

// room is where to read the next bytes: at least MaxLine, since next leaves no
// more than MaxLine behind. Slices handed out before are invalid from here on.
func (s *splitter) room() []byte {
	if s.start > 0 {
		s.end = copy(s.buf[:], s.buf[s.start:s.end])
		s.scanned -= s.start
		s.start = 0
	}
	return s.buf[s.end:]
}

// added says that n bytes were read into room.
func (s *splitter) added(n int) { s.end += n }

// next returns the next line without its LF. An overlong line comes once, as nil
// with tooLong. ok is false when more bytes are needed.
func (s *splitter) next() (line []byte, tooLong, ok bool) {
	for {
		i := bytes.IndexByte(s.buf[s.scanned:s.end], '\n')
		if i < 0 {
			s.scanned = s.end
			if s.skipping {
				s.start = s.end
				return nil, false, false
			}
			if s.end-s.start > MaxLine {
				s.skipping, s.start = true, s.end
				return nil, true, true
			}
			return nil, false, false
		}
		line = s.buf[s.start : s.scanned+i]
		s.scanned += i + 1
		s.start = s.scanned
		switch {
		case s.skipping:
			s.skipping = false
		case len(line) > MaxLine:
			return nil, true, true
		default:
			return line, false, true
		}
	}
}

// rest is the beginning of a line whose end never came, without blanks; empty
// where the stream ended at a line's end or within a line counted as too long.
func (s *splitter) rest() []byte { return bytes.TrimSpace(s.buf[s.start:s.end]) }
