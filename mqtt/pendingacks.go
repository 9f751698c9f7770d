package mqtt

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// pendingAcks are the packets we have sent that are not confirmed yet. Paho panics if a
// message is confirmed at the moment its writing fails.
type pendingAcks struct {
	mu      sync.Mutex
	written sync.Cond
	kind    byte   // of the packet being written; 0 = none that is confirmed
	id      uint16 // its id

	messages  [1 << 16 / 64]uint64 // ids of PUBLISH, one bit each
	subscribe uint16               // id of SUBSCRIBE; 0 = none [2.3.1-1]
	filters   int                  // in the latest SUBSCRIBE

	last       uint16 // id of the latest packet of Paho's
	directs    uint16 // how many messages were written past Paho
	direct     uint16 // id of the message that was written past Paho; 0 = none
	directDone func() // tells that it is confirmed
}

// errNoID is a broker that has confirmed half of all ids, but not the one between.
var errNoID = errors.New("the broker leaves a message unconfirmed")

// beginDirect gives an id to a message that is written past Paho, 0 if it cannot have one.
// Paho counts up; an id half of all ids away is not its next for long. It is another one
// each time, so that a broker that confirms twice does not confirm the next message.
func (r *pendingAcks) beginDirect(confirmed func()) uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := max(r.last+1<<15+r.directs&1023, 1)
	if r.direct != 0 || r.messages[id/64]&(1<<(id%64)) != 0 || id == r.subscribe {
		return 0
	}
	r.direct, r.directDone = id, confirmed
	r.directs++
	return id
}

// directPending reports whether a message that was written past Paho is not confirmed yet.
func (r *pendingAcks) directPending() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.direct != 0
}

// begin notes that a packet is being written, which is a whole one of ours. It
// reports whether that is one to be confirmed, and end must follow. Paho writes those
// from one goroutine, others may come between begin and end.
func (r *pendingAcks) begin(p []byte) (bool, error) {
	kind, id, rest := confirmable(p)
	if kind == 0 {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id == r.direct && id != 0 {
		return false, errNoID
	}
	r.kind, r.id, r.last = kind, id, id
	if kind == packets.Subscribe {
		r.filters = 0
		for ; len(rest) >= 3; r.filters++ {
			rest = rest[min(3+int(binary.BigEndian.Uint16(rest)), len(rest)):]
		}
	}
	return true, nil
}

// confirmable finds the type and id of a packet and what comes behind the id; type 0
// is one that needs no confirmation.
func confirmable(p []byte) (kind byte, id uint16, rest []byte) {
	if len(p) == 0 {
		return 0, 0, nil
	}
	kind = p[0] >> 4
	if kind != packets.Subscribe && (kind != packets.Publish || p[0]>>1&3 == 0) {
		return 0, 0, nil
	}
	at := 2 // behind the length
	for at <= len(p) && p[at-1] >= 0x80 {
		at++
	}
	if kind == packets.Publish && at+2 <= len(p) {
		at += 2 + int(binary.BigEndian.Uint16(p[at:]))
	}
	if at+2 > len(p) {
		return 0, 0, nil
	}
	return kind, binary.BigEndian.Uint16(p[at:]), p[at+2:]
}

// end notes whether it has been written.
func (r *pendingAcks) end(ok bool) {
	r.mu.Lock()
	if ok && r.kind == packets.Publish {
		r.messages[r.id/64] |= 1 << (r.id % 64)
	} else if ok {
		r.subscribe = r.id
	}
	r.kind = 0
	r.mu.Unlock()
	r.written.Broadcast()
}

// filtersAsked is how many filters were in the latest SUBSCRIBE.
func (r *pendingAcks) filtersAsked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.filters
}

// take reports whether a confirmation is waited for, once. An honest broker has the
// whole packet, so one that is still being written is written now.
func (r *pendingAcks) take(confirmation byte, id uint16) bool {
	kind := byte(packets.Publish)
	if confirmation == packets.Suback {
		kind = packets.Subscribe
	} else if confirmation != packets.Puback {
		return false // we neither unsubscribe nor publish with QoS 2
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id == r.direct && id != 0 && kind == packets.Publish {
		done := r.directDone
		r.direct, r.directDone = 0, nil
		r.mu.Unlock()
		done()
		r.mu.Lock()
		return false
	}
	for r.kind == kind && r.id == id {
		r.written.Wait()
	}
	if kind == packets.Subscribe {
		due := r.subscribe == id && id != 0
		if due {
			r.subscribe = 0
		}
		return due
	}
	bit := uint64(1) << (id % 64)
	due := r.messages[id/64]&bit != 0
	r.messages[id/64] &^= bit
	return due
}
