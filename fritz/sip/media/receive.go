package media

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

// receive takes the packets of the box until the session is closed.
func (s *Session) receive() {
	buffer := make([]byte, 2048)
	var packet rtp.Packet
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// Such as an ICMP message: the box does not listen yet.
			select {
			case <-s.closed:
				return
			case <-time.After(packetTime):
			}
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
		if s.known(from.Addr()) && packet.Unmarshal(buffer[:n]) == nil && packet.Version == 2 {
			s.take(from, &packet, time.Now())
		}
	}
}

// known reports whether an address is one of the box.
func (s *Session) known(a netip.Addr) bool {
	if a == s.box {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.voice >= 0 && a == s.said.to.Addr()
}

// take takes a packet of the box: voice or a key.
func (s *Session) take(from netip.AddrPort, p *rtp.Packet, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said.voice < 0 {
		return
	}
	switch {
	case p.PayloadType == s.said.payload:
		if s.recorder != nil {
			s.recorder.put(now, p.Timestamp, p.Payload, s.said.codec)
		}
	case p.PayloadType == s.said.events && s.said.events != 0:
		if key, ok := s.press.next(p); ok {
			select {
			case s.keys <- key:
			default:
			}
		}
	default:
		return // such as RTCP, or comfort noise
	}
	s.to = from
}

// keyNames are the keys by their event codes (RFC 4733 3.2).
const keyNames = "0123456789*#ABCD"

// press tells one press of a key from the next.
type press struct {
	source uint32
	stamp  uint32
	any    bool
}

// next reads a telephone event. It returns the key of a press not seen before.
func (e *press) next(p *rtp.Packet) (rune, bool) {
	if len(p.Payload) < 4 || int(p.Payload[0]) >= len(keyNames) {
		return 0, false
	}
	if e.any && e.source == p.SSRC && int32(p.Timestamp-e.stamp) <= 0 {
		return 0, false
	}
	*e = press{source: p.SSRC, stamp: p.Timestamp, any: true}
	return rune(keyNames[p.Payload[0]]), true
}
