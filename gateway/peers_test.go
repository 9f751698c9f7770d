package gateway_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callporter/callporter/fritz/fritztest"
)

// The tests of this file are what other programs on the same port get wrong.

// TestResetIsFollowedByRedial: a RST is an end of the link like any other.
func TestResetIsFollowedByRedial(t *testing.T) {
	t.Parallel()
	h := open(t)
	for range 3 {
		before := h.box.State().Accepted
		h.box.Reset()
		h.connectedAgain(before)
		h.box.Answered(patient, practice, 10, fritztest.Course{})
		h.wantEvents("ring", "answer", "end")
	}
	h.wantState("idle")
}

// TestBytesThatAreNoText: a call from bytes that are no UTF-8 is a call, and what
// is published of it is text.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, kind := range []string{"latin1", "nul", "stamp"} {
		if err := h.box.Bad(kind); err != nil {
			t.Fatal(err)
		}
		h.box.StrayDisconnect(0, 0)
		ring := h.nextEvent()
		if ring.EventType != "ring" || ring.Callee.MSN != homeMSN || !utf8.ValidString(ring.Caller.Number) || strings.ContainsRune(ring.Caller.Number, 0) {
			t.Errorf("%s: %+v", kind, ring)
		}
		if end := h.nextEvent(); end.ID != ring.ID {
			t.Errorf("%s: %+v", kind, end)
		}
	}
	for seed := range uint64(20) {
		h.box.Garbage(500, seed)
	}
	h.nothingElse()
	h.stillTheFirstLink()
	for _, m := range h.heard.all() {
		if !utf8.ValidString(m.payload) {
			t.Errorf("%s is no UTF-8", m.topic)
		}
	}
}

// TestRuneSplitOverTwoSegments: a character arrives whole however TCP cuts it.
func TestRuneSplitOverTwoSegments(t *testing.T) {
	t.Parallel()
	h := open(t)
	if err := h.box.Bad("rune"); err != nil {
		t.Fatal(err)
	}
	h.box.StrayDisconnect(0, 0)
	if ring := h.nextEvent(); ring.EventType != "ring" || ring.Caller.Display != "Müller" {
		t.Errorf("%+v", ring)
	}
	h.nextEvent()
	h.stillTheFirstLink()
}

// TestDisconnectGluedToRing: the end of a call counts also where it comes in the
// segment of its beginning.
func TestDisconnectGluedToRing(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.Barred(pest, practice, fritztest.CallOptions{}) // both in one segment
	h.wantEvents("ring", "block")
	h.box.Glue(true)
	h.box.Missed(patient, practice, fritztest.Course{})
	h.box.Glue(false)
	h.wantEvents("ring", "miss")
	h.nothingElse()
	h.wantState("idle")
}

// TestEventsComeAsFastAsTheBox: nothing is held back between two events.
func TestEventsComeAsFastAsTheBox(t *testing.T) {
	t.Parallel()
	h := open(t)
	from := time.Now()
	h.box.Glue(true)
	h.box.Waiting(patient, neighbour, practice, 10, fritztest.Course{})
	h.box.Outgoing(10, practice, friend, fritztest.Course{})
	h.box.Glue(false)
	first, second := []string{}, []string{}
	var firstID string
	for range 5 {
		e := h.nextEvent()
		if firstID == "" {
			firstID = e.ID
		}
		if e.ID == firstID {
			first = append(first, e.EventType)
		} else {
			second = append(second, e.EventType)
		}
	}
	h.wantEvents("dial", "answer", "end")
	if got := fmt.Sprint(first, second); got != "[ring answer end] [ring miss]" {
		t.Error(got)
	}
	if took := time.Since(from); took > 5*time.Second {
		t.Errorf("eight events took %v", took)
	}
}

// TestEndOfIdleLineIsDialledAgainAtOnce: some firmware closes a line on which
// nobody is calling. A gateway that waited before it dials would wait an hour here.
func TestEndOfIdleLineIsDialledAgainAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.options.Timing.Redial = time.Hour })
	for range 3 {
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		before := h.box.State().Accepted
		h.box.Drop()
		h.connectedAgain(before)
	}
	h.box.Missed(neighbour, practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	if missed := h.wantMissed(4); missed.Calls[0].Caller.Number != neighbourE164 {
		t.Errorf("%+v", missed.Calls[0])
	}
}

// TestLinesInAnyPieces: a line is a line wherever TCP cuts it, CR and LF included.
func TestLinesInAnyPieces(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.box.CRLF(true)
	for _, cut := range []int{1, 9, 18, 23, 40, -1, -2} {
		h.box.Cut(cut)
		h.box.Answered(patient, practice, 10, fritztest.Course{})
		end := h.wantEvents("ring", "answer", "end")
		if end.Caller.Number != patientE164 || end.TalkSeconds != 20 {
			t.Errorf("cut at %d: %+v", cut, end)
		}
	}
	h.box.Cut(0)
	h.box.Slow(time.Microsecond)
	h.box.Answered(patient, practice, 10, fritztest.Course{})
	h.wantEvents("ring", "answer", "end")
	h.stillTheFirstLink()
}

// TestHalfALineIsNoCall: what the end of a link has cut off is nobody's number.
func TestHalfALineIsNoCall(t *testing.T) {
	t.Parallel()
	h := open(t)
	before := h.box.State().Accepted
	h.box.HalfLine()
	h.box.Drop()
	h.connectedAgain(before)
	h.nothingElse()
}

// connectedAgain waits until the gateway has made another connection to the box
// than those counted before, and says so.
func (s *site) connectedAgain(before int) {
	h := s.house
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.box.Wait(ctx, func(b fritztest.State) bool { return b.Accepted > before && b.Open == 1 }); err != nil {
		h.Fatal("the gateway does not come back")
	}
	h.heard.untilSaid(s.topic("link"), "online")
}
