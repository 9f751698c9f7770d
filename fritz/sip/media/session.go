package media

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
)

// Errors of a session.
var (
	// ErrClosed says that the call is over.
	ErrClosed = errors.New("the call is over")
	// ErrNoVoice says that the box and we have no form of voice in common.
	ErrNoVoice = errors.New("the box offers no G.711")
)

// Options are what a Session needs.
type Options struct {
	// Box is the address of the box. Voice is taken from there and from the address in its SDP.
	Box netip.Addr
	// Address is where the box reaches us: it stands in our SDP.
	Address netip.Addr
	// Listen is the local address to listen at; the zero value = all.
	Listen netip.Addr
	// Ports are where to listen; the zero value = any free port.
	Ports Ports
	// Offer is the SDP of the INVITE; empty = it has none, and SDP is an offer of ours.
	Offer []byte
}

// Session is the voice of one call. Its methods may be called by more than one goroutine.
type Session struct {
	box     netip.Addr
	conn    *net.UDPConn
	start   sync.Once
	stop    sync.Once
	closed  chan struct{}
	running sync.WaitGroup
	turn    chan struct{} // held by who plays
	keys    chan rune

	mu       sync.Mutex
	own      own
	said     description // what the box has said last
	to       netip.AddrPort
	clip     *clip
	recorder *recorder
	press    press
}

// Open listens for the voice of a call and describes it. An error is one of the SDP of the box or
// of the ports; without a common form of voice the session is open, but Play and Record say ErrNoVoice.
func Open(o Options) (*Session, error) {
	s := &Session{
		box:    o.Box.Unmap().WithZone(""),
		closed: make(chan struct{}), turn: make(chan struct{}, 1), keys: make(chan rune, 16),
		own:  own{session: rand.Uint64() >> 2, version: 1},
		said: description{voice: -1},
	}
	var d description
	var err error
	if len(o.Offer) > 0 {
		if d, err = parse(o.Offer, s.box); err != nil {
			return nil, err
		}
	}
	if s.conn, err = o.Ports.listen(o.Listen); err != nil {
		return nil, err
	}
	s.own.at = netip.AddrPortFrom(o.Address.Unmap().WithZone(""), s.Addr().Port())
	if len(o.Offer) > 0 {
		s.heard(d)
	}
	return s, nil
}

// Addr is where the session listens.
func (s *Session) Addr() netip.AddrPort {
	return s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// SDP describes our side: it answers what the box has said last, or is an offer.
func (s *Session) SDP() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.said.lines) == 0 {
		return s.own.offer()
	}
	return s.own.answer(s.said)
}

// Answered takes the SDP with which the box has answered our offer.
func (s *Session) Answered(body []byte) error {
	d, err := parse(body, s.box)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard(d)
	return nil
}

// Offered takes the SDP of a re-INVITE or an UPDATE, and returns our answer. The same SDP has the
// same answer. After an error the voice goes on as before.
func (s *Session) Offered(body []byte) ([]byte, error) {
	d, err := parse(body, s.box)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := string(s.own.answer(s.said))
	s.heard(d)
	if after := s.own.answer(d); string(after) == before {
		return after, nil
	}
	s.own.version++
	return s.own.answer(d), nil
}

// heard takes what the box says of its voice. Where that has moved, ours goes there until the
// voice of the box comes from somewhere.
func (s *Session) heard(d description) {
	if d.to != s.said.to {
		s.to = d.to
	}
	s.said = d
}

// Start begins to send and to receive. Until something is played silence is sent, so that the
// box knows where to send to.
func (s *Session) Start() {
	s.start.Do(func() {
		s.running.Go(s.send)
		s.running.Go(s.receive)
	})
}

// Close ends the session, and returns when nothing of it runs any more.
func (s *Session) Close() error {
	var err error
	s.stop.Do(func() {
		close(s.closed)
		err = s.conn.Close()
	})
	s.running.Wait()
	return err
}

// Play says samples of 8 kHz to the caller, and returns when all are sent, with ErrClosed when the
// call is over before that, or with the error of ctx. Who calls it while something is being played
// waits.
func (s *Session) Play(ctx context.Context, samples []int16) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return ErrClosed
	}
	c := &clip{rest: samples, done: make(chan struct{})}
	s.mu.Lock()
	if s.said.voice < 0 {
		s.mu.Unlock()
		return ErrNoVoice
	}
	s.clip = c
	s.mu.Unlock()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
	case <-s.closed:
	}
	s.mu.Lock()
	s.clip = nil
	s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrClosed
}

// Keys are the keys that the caller presses: 0 to 9, *, # and A to D, each press once. Presses
// that nobody takes are dropped after the sixteenth.
func (s *Session) Keys() <-chan rune { return s.keys }

// Closed is closed when the call is over.
func (s *Session) Closed() <-chan struct{} { return s.closed }

// Ports are the UDP ports From to To, both included. 0 to 0 = any free one.
type Ports struct{ From, To uint16 }

// listen takes an even port (RFC 3550 11), the first that is free from a random one on.
func (p Ports) listen(at netip.Addr) (*net.UDPConn, error) {
	listen := func(port uint16) (*net.UDPConn, error) {
		return net.ListenUDP("udp", &net.UDPAddr{IP: at.AsSlice(), Port: int(port), Zone: at.Zone()})
	}
	if p == (Ports{}) {
		c, err := listen(0)
		if err != nil {
			return nil, fmt.Errorf("listen for voice: %w", err)
		}
		return c, nil
	}
	first := (int(p.From) + 1) / 2
	count := int(p.To)/2 - first + 1
	err := errors.New("no even port in the range")
	if count > 0 {
		skip := rand.IntN(count)
		for i := range count {
			var c *net.UDPConn
			if c, err = listen(uint16(2 * (first + (skip+i)%count))); err == nil {
				return c, nil
			}
		}
	}
	return nil, fmt.Errorf("listen for voice on ports %d to %d: %w", p.From, p.To, err)
}
