package callmonitor

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/callporter/callporter/call"
)

// ProbeOptions say how long a probe may take and who is told what it receives.
type ProbeOptions struct {
	// Dial bounds looking up and dialling all addresses: 8 s if 0.
	Dial time.Duration
	// Listen is how long to listen after the box has accepted the connection: 2 s if 0.
	Listen time.Duration
	// Settle ends listening so long after the first event, if that is earlier: the rest
	// of a call follows within seconds. 0 listens to the end.
	Settle time.Duration
	// AskWeb asks for a web page on a second connection if nothing was received. A web
	// server says nothing until it is asked, just like a call monitor.
	AskWeb bool
	// Connected is called when the box has accepted the connection, Line for each line
	// received, with a *BadLine if it is no event. Either may be nil.
	Connected func()
	Line      func(call.Event, error)
}

// ProbeResult is the result of a probe.
type ProbeResult struct {
	// Addresses are those of the host, also if the name fritz.box is refused since it
	// leads to the internet.
	Addresses []netip.Addr
	// Address accepted the connection; it is not valid if none did.
	Address netip.AddrPort
	// Reason says why there was no connection or why it ended. NoReason means that it
	// still stood when listening was over.
	Reason LinkReason
	Err    error
	// Lines counts all lines received, Bad those of them that are no event.
	Lines, Bad int
	// Head are the first bytes received, at most 64.
	Head []byte
}

const (
	headSize      = 64                      // bytes kept of what answers
	maxProbeLines = 10_000                  // no call monitor sends more
	askWebTimeout = 1500 * time.Millisecond // for a web server to answer
)

// Probe looks up the host, dials it once, listens for a while and closes the connection.
// It sends nothing to a call monitor. It must not be used on a Monitor that runs.
func (m *Monitor) Probe(ctx context.Context, o ProbeOptions) ProbeResult {
	var result ProbeResult
	dialling, cancel := context.WithTimeout(ctx, cmp.Or(o.Dial, 8*time.Second))
	defer cancel()
	var err error
	var public *publicError
	if result.Addresses, err = m.addresses(dialling); errors.As(err, &public) {
		result.Addresses = []netip.Addr{public.address}
	}
	var conn net.Conn
	if err == nil {
		conn, err = m.dialAny(dialling, result.Addresses)
	}
	if err != nil {
		result.Reason, result.Err = reasonOf(err), err
		return result
	}
	result.Address = netip.AddrPortFrom(m.lastAddress, uint16(m.port))
	if o.Connected != nil {
		o.Connected()
	}
	m.listen(ctx, conn, o, &result)
	if o.AskWeb && result.Reason == NoReason && len(result.Head) == 0 {
		result.Head = m.askWeb(ctx, result.Address)
	}
	return result
}

// listen reads lines until listening is over or the connection ends.
func (m *Monitor) listen(ctx context.Context, conn net.Conn, o ProbeOptions, result *ProbeResult) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	end := time.Now().Add(cmp.Or(o.Listen, 2*time.Second))
	until := func(t time.Time) { conn.SetReadDeadline(t) } //nolint:errcheck // a closed connection reads no more
	until(end)
	var arrived time.Time
	clock := LiveClock(m.location, func() time.Time { return arrived })
	split, settled := new(splitter), o.Settle <= 0
	for result.Lines < maxProbeLines {
		room := split.room()
		n, err := conn.Read(room)
		arrived = m.now()
		result.Head = append(result.Head, room[:min(n, headSize-len(result.Head))]...)
		split.added(n)
		for line, tooLong, ok := split.next(); ok; line, tooLong, ok = split.next() {
			if m.probeLine(line, tooLong, clock, o, result) && !settled {
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
			result.Reason, result.Err = reasonOf(err), err
			return
		}
	}
}

// probeLine counts one line and passes it on. It reports whether it was an event.
func (m *Monitor) probeLine(line []byte, tooLong bool, clock *Clock, o ProbeOptions, result *ProbeResult) bool {
	var ev call.Event
	var err error = &BadLine{Reason: TooLong}
	if !tooLong {
		ev, err = Parse(line, clock)
	}
	var bad *BadLine
	if errors.As(err, &bad) && bad.Reason == Empty {
		return false
	}
	result.Lines++
	if err != nil {
		result.Bad++
	}
	if o.Line != nil {
		o.Line(ev, err)
	}
	return err == nil
}

// askWeb returns the answer to a request for a web page. A call monitor answers nothing.
func (m *Monitor) askWeb(ctx context.Context, at netip.AddrPort) []byte {
	ctx, cancel := context.WithTimeout(ctx, askWebTimeout)
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
	n, _ := io.ReadAtLeast(conn, head, 4) // less than 4 bytes count too
	return head[:n]
}
