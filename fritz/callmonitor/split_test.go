package callmonitor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// split feeds the stream in pieces of the sizes given, over and over.
func split(stream string, sizes ...int) (lines []string, rest string) {
	s := new(splitter)
	for i := 0; len(stream) > 0; i++ {
		room := s.room()
		n := copy(room[:min(len(room), max(1, sizes[i%len(sizes)]))], stream)
		s.added(n)
		stream = stream[n:]
		for line, tooLong, ok := s.next(); ok; line, tooLong, ok = s.next() {
			if tooLong {
				line = []byte("<too long>")
			}
			lines = append(lines, string(line))
		}
	}
	return lines, string(s.rest())
}

func TestSplit(t *testing.T) {
	limit := strings.Repeat("x", MaxLine)
	for _, test := range []struct {
		name, stream string
		want         []string
		rest         string
	}{
		{"nothing", "", nil, ""},
		{"two in one", "a\nb\n", []string{"a", "b"}, ""},
		{"crlf", "a\r\nb\r\n", []string{"a\r", "b\r"}, ""},
		{"empty", "\n\na\n\n", []string{"", "", "a", ""}, ""},
		{"rest", "a\nb", []string{"a"}, "b"},
		{"blank rest", "a\n \r", []string{"a"}, ""},
		{"at the limit", limit + "\nb\n", []string{limit, "b"}, ""},
		{"above the limit", limit + "x\nb\n", []string{"<too long>", "b"}, ""},
		{"far above", strings.Repeat(limit, 20) + "\nb\n", []string{"<too long>", "b"}, ""},
		{"two above", limit + "x\n" + limit + "x\nb\n", []string{"<too long>", "<too long>", "b"}, ""},
		{"above at the end", "a\n" + limit + "x", []string{"a", "<too long>"}, ""},
		{"limit at the end", "a\n" + limit, []string{"a"}, limit},
	} {
		for _, sizes := range [][]int{{1}, {2, 3}, {7}, {4095}, {4096}, {4097}, {1 << 20}, {8191, 1}} {
			t.Run(fmt.Sprint(test.name, sizes), func(t *testing.T) {
				lines, rest := split(test.stream, sizes...)
				if d := cmp.Diff(test.want, lines); d != "" {
					t.Error(d)
				}
				if rest != test.rest {
					t.Errorf("rest %.20q, want %.20q", rest, test.rest)
				}
			})
		}
	}
}

func TestSplitAllocatesNothing(t *testing.T) {
	s := new(splitter)
	segment := []byte(ring(0, "01713920055") + hangUp(0))
	if n := testing.AllocsPerRun(100, func() {
		s.added(copy(s.room(), segment))
		for _, _, ok := s.next(); ok; _, _, ok = s.next() {
		}
	}); n != 0 {
		t.Errorf("%v allocations a segment", n)
	}
}
