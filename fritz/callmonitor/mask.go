package callmonitor

import (
	"bytes"

	"github.com/callporter/callporter/call"
)

// shape shows what a line looks like without anything it says: every digit is an
// x. It is bounded, for the log.
func shape(line []byte) string {
	const limit = 120
	cut := len(line) > limit
	out := bytes.Clone(line[:min(len(line), limit)])
	for i, c := range out {
		if digit(c) {
			out[i] = 'x'
		}
	}
	if cut {
		return clean(out) + " …"
	}
	return clean(out)
}

// maskLine appends the line to dst with the last three digits of each telephone
// number replaced by "xxx". Stamp, id, extension, seconds and line stay. In what
// is not known to be a number, as in a line of another form, the same happens to
// every run of five digits or more.
func maskLine(dst, line []byte) []byte {
	first, last := numberFields(line)
	for i := 0; ; i++ {
		field, rest, more := bytes.Cut(line, []byte{';'})
		if i >= first && i <= last {
			dst = maskNumber(dst, field)
		} else {
			dst = maskRuns(dst, field)
		}
		if !more {
			return dst
		}
		dst, line = append(dst, ';'), rest
	}
}

// numberFields tells which fields of the line are numbers: none if last < first.
func numberFields(line []byte) (first, last int) {
	_, rest, _ := bytes.Cut(line, []byte{';'})
	kind, _, _ := bytes.Cut(rest, []byte{';'})
	switch string(bytes.TrimSpace(kind)) {
	case "RING":
		return 3, 4
	case "CALL":
		return 4, 5
	case "CONNECT":
		return 4, 4
	}
	return 0, -1
}

// maskNumber masks both numbers of "user(network)", or the one there is.
func maskNumber(dst, field []byte) []byte {
	for {
		number, rest, more := bytes.Cut(field, []byte{'('})
		dst = append(dst, call.Mask(string(number))...)
		if !more {
			return dst
		}
		dst, field = append(dst, '('), rest
	}
}

// maskRuns masks every run of five digits or more.
func maskRuns(dst, text []byte) []byte {
	start := len(dst)
	dst = append(dst, text...)
	run := 0
	for i := start; i <= len(dst); i++ {
		if i < len(dst) && digit(dst[i]) {
			run++
			continue
		}
		if run >= 5 {
			copy(dst[i-3:], "xxx")
		}
		run = 0
	}
	return dst
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
