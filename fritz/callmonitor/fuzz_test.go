package callmonitor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

// Whatever the line, the outcome is an event within its limits or a known reason,
// and a masked line is read like the line itself.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		at + "RING;0;01713920055;23125732;SIP1;", at + "CALL;1;13;23125732;01713920055;SIP1;",
		at + "CONNECT;0;4;;", at + "DISCONNECT;0;312", "25.10.26 02:30:00;RING;0;M\xfcller;2;\x00;;;;;;;", ";;;;",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		ev, err := Parse(line, fixed)
		masked, maskedErr := Parse(maskLine(nil, line), fixed)
		if err != nil {
			var bad *BadLine
			if !errors.As(err, &bad) || bad.Reason == LineReasonUnknown || bad.Reason == Cut || bad.Reason >= LineReason(len(lineReasonNames)) {
				t.Fatalf("%q: %v", line, err)
			}
			if ev != (call.Event{}) {
				t.Fatalf("%q: an event all the same", line)
			}
			return
		}
		for _, s := range []string{ev.Caller, ev.Callee, ev.Trunk, string(ev.Extension)} {
			if len(s) > maxNumber || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.Contains(s, ";") || strings.TrimSpace(s) != s {
				t.Fatalf("%q: field %q", line, s)
			}
		}
		if len(ev.Trunk) > maxWord || len(ev.Extension) > maxWord || ev.Connection < 0 || ev.Connection > maxConnection || ev.Duration < 0 || ev.Duration > maxSeconds*time.Second {
			t.Fatalf("%q: %+v", line, ev)
		}
		if ev.Kind == call.KindUnknown || !ev.Received.Equal(noon) {
			t.Fatalf("%q: %+v", line, ev)
		}
		// Five digits and more may be masked in any field but the numbers, so an
		// id like 00001 or a duration of 100000 s is lost; no more than that.
		if maskedErr != nil && !longCount(line) {
			t.Fatalf("%q masked is %v", line, maskedErr)
		}
		if maskedErr == nil && (masked.Kind != ev.Kind || masked.Connection != ev.Connection || masked.Duration != ev.Duration) {
			t.Fatalf("%q masked is %+v", line, masked)
		}
	})
}

// longCount reports whether a field before the numbers has five digits or more,
// with what clean drops left out.
func longCount(line []byte) bool {
	for _, field := range strings.SplitN(clean(line), ";", 5)[:4] {
		digits := 0
		for _, c := range field {
			if digits++; c < '0' || c > '9' {
				digits = 0
			}
			if digits == 5 {
				return true
			}
		}
	}
	return false
}

// The same bytes in other pieces are the same lines. An L stands for half of
// MaxLine, so that short inputs reach the limit.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(ring(0, "01713920055")+hangUp(0)), []byte{1, 7})
	f.Add([]byte("\r\n\nLL\nLLy\nLLLLL\nz"), []byte{255, 0})
	f.Fuzz(func(t *testing.T, short, cuts []byte) {
		stream := strings.ReplaceAll(string(short[:min(len(short), 100)]), "L", strings.Repeat("l", MaxLine/2))
		var sizes []int
		for _, c := range append(cuts[:min(len(cuts), 20)], 0) {
			sizes = append(sizes, int(c)*33+1)
		}
		lines, rest := split(stream, sizes...)
		var want []string
		for line := range strings.Lines(stream) {
			text, ended := strings.CutSuffix(line, "\n")
			if len(text) > MaxLine {
				text, ended = "<too long>", true
			}
			if ended {
				want = append(want, text)
			}
		}
		if !slices.Equal(want, lines) {
			t.Fatalf("%v: %.100q, want %.100q", sizes, lines, want)
		}
		last := stream[strings.LastIndexByte(stream, '\n')+1:]
		if len(last) > MaxLine {
			last = ""
		}
		if last = string(bytes.TrimSpace([]byte(last))); rest != last {
			t.Fatalf("%v: rest %.100q, want %.100q", sizes, rest, last)
		}
	})
}

// A live link shows the events a plain cut of the stream at its LFs shows.
func FuzzStream(f *testing.F) {
	f.Add([]byte(ring(0, "01713920055")+hangUp(0)), uint8(3))
	f.Add([]byte("\xff\n;;;;\n"+ring(1, "")+"21.11.26 10:00"), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var want []call.Event
		for line := range bytes.Lines(stream) {
			if line[len(line)-1] != '\n' || len(line) > MaxLine+1 {
				continue
			}
			if ev, err := Parse(line, fixed); err == nil {
				want = append(want, ev)
			}
		}
		dials := 0
		m, err := New(Options{
			Host: "192.168.178.1", Now: func() time.Time { return noon }, Location: time.UTC,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				if dials++; dials > 1 {
					return nil, io.ErrUnexpectedEOF
				}
				return &chunkConn{rest: stream, size: int(size) + 1}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		sink := &eventSink{end: cancel}
		if err := m.Run(ctx, sink); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, sink.events); d != "" {
			t.Fatal(d)
		}
	})
}

// eventSink keeps the events of one link.
type eventSink struct {
	events []call.Event
	up     bool
	end    func()
}

func (k *eventSink) Event(ev call.Event) { k.events = append(k.events, ev) }

func (k *eventSink) Link(s LinkState) {
	if k.up {
		k.end()
	}
	k.up = s.Up()
}

// chunkConn is a connection that brings so many bytes at a time.
type chunkConn struct {
	net.Conn
	rest []byte
	size int
}

func (w *chunkConn) Read(b []byte) (int, error) {
	if len(w.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), w.size)], w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

func (w *chunkConn) Close() error                    { return nil }
func (w *chunkConn) SetReadDeadline(time.Time) error { return nil }
