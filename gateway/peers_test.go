package gateway_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// The tests of this file are what other programs on the same port get wrong.

// TestResetIsFollowedByRedial: a RST is an end of the link like any other.
func TestResetIsFollowedByRedial(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for range 3 {
		before := h.Box.State().Accepted
		h.Box.Reset()
		connectedAgain(h.Site, before)
		h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
		h.WantEvents("ring", "answer", "end")
	}
	h.WantState("idle")
}

// TestBytesThatAreNoText: a call from bytes that are no UTF-8 is a call, and what
// is published of it is text.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for _, kind := range []string{"latin1", "nul", "stamp"} {
		if err := h.Box.Bad(kind); err != nil {
			t.Fatal(err)
		}
		h.Box.StrayDisconnect(0, 0)
		ring := h.NextEvent()
		if ring.EventType != "ring" || ring.Callee.MSN != gatewaytest.HomeMSN || !utf8.ValidString(ring.Caller.Number) || strings.ContainsRune(ring.Caller.Number, 0) {
			t.Errorf("%s: %+v", kind, ring)
		}
		if end := h.NextEvent(); end.ID != ring.ID {
			t.Errorf("%s: %+v", kind, end)
		}
	}
	for seed := range uint64(20) {
		h.Box.Garbage(500, seed)
	}
	h.NothingElse()
	stillTheFirstLink(h.Site)
	for _, m := range h.Heard.All() {
		if !utf8.ValidString(m.Payload) {
			t.Errorf("%s is no UTF-8", m.Topic)
		}
	}
}

// TestRuneSplitOverTwoSegments: a character arrives whole however TCP cuts it.
func TestRuneSplitOverTwoSegments(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	if err := h.Box.Bad("rune"); err != nil {
		t.Fatal(err)
	}
	h.Box.StrayDisconnect(0, 0)
	if ring := h.NextEvent(); ring.EventType != "ring" || ring.Caller.Display != "Müller" {
		t.Errorf("%+v", ring)
	}
	h.NextEvent()
	stillTheFirstLink(h.Site)
}

// TestDisconnectGluedToRing: the end of a call counts also where it comes in the
// segment of its beginning.
func TestDisconnectGluedToRing(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.Barred(gatewaytest.Pest, gatewaytest.Practice, fritztest.CallOptions{}) // both in one segment
	h.WantEvents("ring", "block")
	h.Box.Glue(true)
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.Box.Glue(false)
	h.WantEvents("ring", "miss")
	h.NothingElse()
	h.WantState("idle")
}

// TestEventsComeAsFastAsTheBox: nothing is held back between two events.
func TestEventsComeAsFastAsTheBox(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	from := time.Now()
	h.Box.Glue(true)
	h.Box.Waiting(gatewaytest.Patient, gatewaytest.Neighbour, gatewaytest.Practice, 10, fritztest.Course{})
	h.Box.Outgoing(10, gatewaytest.Practice, gatewaytest.Friend, fritztest.Course{})
	h.Box.Glue(false)
	first, second := []string{}, []string{}
	var firstID string
	for range 5 {
		e := h.NextEvent()
		if firstID == "" {
			firstID = e.ID
		}
		if e.ID == firstID {
			first = append(first, e.EventType)
		} else {
			second = append(second, e.EventType)
		}
	}
	h.WantEvents("dial", "answer", "end")
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
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Options.Timing.Redial = time.Hour })
	for range 3 {
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		before := h.Box.State().Accepted
		h.Box.Drop()
		connectedAgain(h.Site, before)
	}
	h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	if missed := h.WantMissed(4); missed.Calls[0].Caller.Number != gatewaytest.NeighbourE164 {
		t.Errorf("%+v", missed.Calls[0])
	}
}

// TestLinesInAnyPieces: a line is a line wherever TCP cuts it, CR and LF included.
func TestLinesInAnyPieces(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.Box.CRLF(true)
	for _, cut := range []int{1, 9, 18, 23, 40, -1, -2} {
		h.Box.Cut(cut)
		h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
		end := h.WantEvents("ring", "answer", "end")
		if end.Caller.Number != gatewaytest.PatientE164 || end.TalkSeconds != 20 {
			t.Errorf("cut at %d: %+v", cut, end)
		}
	}
	h.Box.Cut(0)
	h.Box.Slow(time.Microsecond)
	h.Box.Answered(gatewaytest.Patient, gatewaytest.Practice, 10, fritztest.Course{})
	h.WantEvents("ring", "answer", "end")
	stillTheFirstLink(h.Site)
}

// TestHalfALineIsNoCall: what the end of a link has cut off is nobody's number.
func TestHalfALineIsNoCall(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	before := h.Box.State().Accepted
	h.Box.HalfLine()
	h.Box.Drop()
	connectedAgain(h.Site, before)
	h.NothingElse()
}

// connectedAgain waits until the gateway has made another connection to the box
// than those counted before, and says so.
func connectedAgain(s *gatewaytest.Site, before int) {
	h := s.House
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), gatewaytest.Patience)
	defer cancel()
	if err := s.Box.Wait(ctx, func(b fritztest.State) bool { return b.Accepted > before && b.Open == 1 }); err != nil {
		h.Fatal("the gateway does not come back")
	}
	h.Heard.UntilSaid(s.Topic("link"), "online")
}
