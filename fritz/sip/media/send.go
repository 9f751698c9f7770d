package media

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"
)

// packetTime is how much voice a packet has.
const packetTime = frame * time.Second / Rate

// maxLag is how far the sender may be behind before it gives up to catch up, such as after the
// machine was suspended.
const maxLag = 10 * packetTime

// clip is what is being played.
type clip struct {
	rest []int16
	done chan struct{} // closed when the last packet has had its time
}

// send sends a packet each 20 ms by an absolute clock, so that delays do not add up.
func (s *Session) send() {
	header := rtp.Header{Version: 2, Marker: true, SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32()}
	buffer := make([]byte, 12+frame)
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-s.closed:
			return
		case <-timer.C:
		}
		s.sendPacket(&header, buffer)
		next = next.Add(packetTime)
		if lag := time.Since(next); lag > maxLag {
			skip := lag / packetTime
			next = next.Add(skip * packetTime)
			header.Timestamp += uint32(skip) * frame
		}
		timer.Reset(time.Until(next))
	}
}

// sendPacket sends the next 20 ms, be it silence. What is lost on the way is lost: an error of
// the network says nothing about the packets to come.
func (s *Session) sendPacket(header *rtp.Header, buffer []byte) {
	s.mu.Lock()
	to, wanted := s.to, s.said.wants()
	if wanted {
		header.PayloadType = s.said.payload
		s.fill(buffer[12:], s.said.codec)
	} else {
		s.fill(buffer[12:], pcma)
	}
	s.mu.Unlock()
	if wanted {
		if n, err := header.MarshalTo(buffer); err == nil {
			_, _ = s.conn.WriteToUDPAddrPort(buffer[:n+frame], to)
		}
		header.SequenceNumber++
		header.Marker = false
	}
	header.Timestamp += frame
}

// fill takes the next 20 ms of what is being played.
func (s *Session) fill(payload []byte, c *codec) {
	n := 0
	if s.clip != nil {
		n = min(len(s.clip.rest), len(payload))
		for i, sample := range s.clip.rest[:n] {
			payload[i] = c.encode(sample)
		}
		s.clip.rest = s.clip.rest[n:]
		if n == 0 {
			close(s.clip.done)
			s.clip = nil
		}
	}
	for i := n; i < len(payload); i++ {
		payload[i] = c.silence
	}
}
