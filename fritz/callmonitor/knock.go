package callmonitor

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/callporter/callporter/call"
)

// KnockOptions say how long a knock may take and who hears what it brings.
type KnockOptions struct {
	// Dial bounds looking up and dialling all addresses: 8 s if 0.
	Dial time.Duration
	// Listen is how long to listen to a box that has taken the connection: 2 s if 0.
	Listen time.Duration
	// Settle ends listening so long after the first event, where that is earlier: the
	// rest of a call follows within seconds. 0 listens to the end.
	Settle time.Duration
	// Unmask asks for a web page, on a connection of its own, if nothing was heard: a
	// web server is as silent as a call monitor until it is asked.
	Unmask bool
	// Connected is called when the box has taken the connection; Heard for each line,
	// with a *BadLine where it is no event. Either may be nil.
	Connected func()
	Heard     func(call.Event, error)
}

// Knocked is what came of a knock.
type Knocked struct {
	// Addresses are what the host stands for, also where the name fritz.box is refused
	// since it leads to the internet.
	Addresses []netip.Addr
	// Address took the connection; it is not valid where none did.
	Address netip.AddrPort
	// Reason says why there was no connection or why it ended; NoReason: it still
	// stood when listening was over.
	Reason LinkReason
	Err    error
	// Lines are all lines heard, Bad those of them that are no event.
	Lines, Bad int
	// Head are the first bytes that came, at most 64.
	Head []byte
}

const (
	headSize      = 64                      // bytes kept of what answers
	maxHeard      = 10_000                  // lines; more is no telephone
	unmaskTimeout = 1500 * time.Millisecond // for a web server to answer
)

// Knock looks up the host, dials it once, listens for a while and hangs up. It
// sends nothing to a call monitor. It is not for a Monitor that runs.
func (m *Monitor) Knock(ctx context.Context, o KnockOptions) Knocked {
	var k Knocked
	dialling, cancel := context.WithTimeout(ctx, or(o.Dial, 8*time.Second))
	defer cancel()
	var err error
	var public *publicError
	if k.Addresses, err = m.addresses(dialling); errors.As(err, &public) {
		k.Addresses = []netip.Addr{public.address}
	}
	var conn net.Conn
	if err == nil {
		conn, err = m.dialAny(dialling, k.Addresses)
	}
	if err != nil {
		k.Reason, k.Err = reasonOf(err), err
		return k
	}
	k.Address = netip.AddrPortFrom(m.good, uint16(m.port))
	if o.Connected != nil {
		o.Connected()
	}
	m.hear(ctx, conn, o, &k)
	if o.Unmask && k.Reason == NoReason && len(k.Head) == 0 {
		k.Head = m.unmask(ctx, k.Address)
	}
	return k
}

// hear reads what comes until listening is over or the connection ends.
func (m *Monitor) hear(ctx context.Context, conn net.Conn, o KnockOptions, k *Knocked) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	end := time.Now().Add(or(o.Listen, 2*time.Second))
	until := func(t time.Time) { conn.SetReadDeadline(t) } //nolint:errcheck // a closed connection reads no more
	until(end)
	var arrived time.Time
	clock := LiveClock(m.location, func() time.Time { return arrived })
	split, settled := new(splitter), o.Settle <= 0
	for k.Lines < maxHeard {
		room := split.room()
		n, err := conn.Read(room)
		arrived = m.now()
		k.Head = append(k.Head, room[:min(n, headSize-len(k.Head))]...)
		split.added(n)
		for line, tooLong, ok := split.next(); ok; line, tooLong, ok = split.next() {
			if m.heard(line, tooLong, clock, o, k) && !settled {
				settled = true
				if settle := time.Now().Add(o.Settle); settle.Before(end) {
					until(settle)
				}
			}
		}
		switch {
		case err == nil:
		case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
			return
		default:
			k.Reason, k.Err = reasonOf(err), err
			return
		}
	}
}

// heard counts and hands on one line; it reports whether that was an event.
func (m *Monitor) heard(line []byte, tooLong bool, clock *Clock, o KnockOptions, k *Knocked) bool {
	var ev call.Event
	var err error = &BadLine{Reason: TooLong}
	if !tooLong {
		ev, err = Parse(line, clock)
	}
	var bad *BadLine
	if errors.As(err, &bad) && bad.Reason == Empty {
		return false
	}
	k.Lines++
	if err != nil {
		k.Bad++
	}
	if o.Heard != nil {
		o.Heard(ev, err)
	}
	return err == nil
}

// unmask returns what is answered to a request for a web page; a call monitor
// answers nothing.
func (m *Monitor) unmask(ctx context.Context, at netip.AddrPort) []byte {
	ctx, cancel := context.WithTimeout(ctx, unmaskTimeout)
	defer cancel()
	conn, err := m.dialAddress(ctx, at)
	if err != nil {
		return nil
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return nil
	}
	head := make([]byte, headSize)
	n, _ := io.ReadAtLeast(conn, head, 4) // what little came counts
	return head[:n]
}
