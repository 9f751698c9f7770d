package limit

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBucket(t *testing.T) {
	b, now := Bucket{Rate: 10, Burst: 5}, time.Now()
	for i := range 5 {
		if wait := b.Take(1, now); wait != 0 {
			t.Errorf("%d of the burst waits for %v", i, wait)
		}
	}
	for i := range 3 {
		if wait, want := b.Take(1, now), time.Duration(i+1)*100*time.Millisecond; (wait - want).Abs() > time.Millisecond {
			t.Errorf("%d behind it waits for %v", i, wait)
		}
	}
	if wait := b.Take(5, now.Add(time.Hour)); wait != 0 || b.tokens != 0 {
		t.Errorf("%v, %v tokens after an hour", wait, b.tokens)
	}
	b.Take(1, now) // a clock that goes back
	if b.tokens < -1e5 {
		t.Errorf("%v tokens", b.tokens)
	}
}

// TestFailedLogins: an address that sent many wrong passwords has to wait for its turn, and
// others need not.
func TestFailedLogins(t *testing.T) {
	thief, other := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 1}
	l, now := NewFailedLogins(), time.Now()
	for range Failures + 1 {
		l.Note(thief, now)
	}
	waits := func(a net.Addr, at time.Time) bool { return len(l.Turns(a, "", at)) == 2 }
	if !waits(thief, now) || !waits(thief, now.Add(failureEvery/2)) || waits(thief, now.Add(failureEvery)) || len(l.Turns(thief, "", now.Add(time.Hour))) != 1 || l.Turns(other, "", now) != nil {
		t.Error("the time of a failure")
	}
	for i := range 3 * maxAddresses {
		l.Note(&net.TCPAddr{IP: net.IPv4(10, 1, byte(i>>8), byte(i))}, now)
	}
	if len(l.byAddress) > maxAddresses {
		t.Errorf("%d addresses remembered", len(l.byAddress))
	}
	six := func(s string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(s), Port: 1} }
	if network(six("2001:db8::1")) != network(six("2001:db8::ffff:1")) || network(six("2001:db8::1")) == network(six("2001:db8:0:1::1")) ||
		network(six("::ffff:10.0.0.1")) != network(thief) || network(thief) == network(other) || network(nil) != network(&net.UnixAddr{Name: "inside", Net: "pipe"}) {
		t.Error("networks")
	}
}

// TestRefusalsOncePerMinute: one line for each limit and address, then a minute later
// one with what came meanwhile, and never more addresses than can be remembered.
func TestRefusalsOncePerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := NewRefusals(slog.New(slog.NewTextHandler(&out, nil)), nil)
		lines := func() int { n := strings.Count(out.String(), "\n"); out.Reset(); return n }
		a, b := &net.TCPAddr{IP: net.IPv4(192, 168, 178, 20), Port: 1}, &net.TCPAddr{IP: net.IPv4(192, 168, 178, 21), Port: 2}
		for range 100 {
			r.Note(Rate, a)
			r.Note(Packet, a)
			r.Note(Rate, b)
		}
		if n := lines(); n != 3 {
			t.Errorf("%d lines", n)
		}
		for range 120 {
			<-time.After(time.Second)
			r.Tick(time.Now())
		}
		if text := out.String(); strings.Count(text, "more=99") != 3 || lines() != 3 {
			t.Error(text)
		}
		if len(r.logged) != 0 {
			t.Errorf("%d are remembered", len(r.logged))
		}
		for i := range 5000 {
			r.Note(Clients, &net.TCPAddr{IP: net.IPv4(10, 0, byte(i>>8), byte(i)), Port: 1})
		}
		if n := lines(); n > logSingly+1 || len(r.logged) > logSingly+1 {
			t.Errorf("%d lines, %d are remembered", n, len(r.logged))
		}
	})
}
