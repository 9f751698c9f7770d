package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/mqtt"
)

// maxHeard bounds what the endless demo keeps; a day has some hundred messages.
const maxHeard = 10_000

// patience bounds the waits for the subscriber. When it is over the demo goes on,
// and the check at the end finds what is missing.
const patience = 5 * time.Second

// demoHeard is the demo's subscriber: it keeps and prints what arrives.
type demoHeard struct {
	out      io.Writer
	json     bool
	language call.Language

	mu       sync.Mutex
	messages []mqtt.Message
	news     chan struct{} // closed at the next message
	events   uint64        // that a line of the box led to
	active   int           // calls in the latest state
	stated   bool          // there was a state
	link     string        // the latest
	access   bool          // the gateway has read the box

	monitor string // address of the box's call monitor
}

func (h *demoHeard) take(_ context.Context, m mqtt.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.messages) < maxHeard {
		h.messages = append(h.messages, m)
	}
	h.note(m)
	if h.news != nil {
		close(h.news)
		h.news = nil
	}
	if h.json {
		json.NewEncoder(h.out).Encode(struct {
			Topic   string `json:"topic"`
			Payload string `json:"payload"`
			Retain  bool   `json:"retain"`
		}{m.Topic, string(m.Payload), m.Retained})
	} else if line, ok := eventLine(m.Payload, "", h.language); ok {
		fmt.Fprintln(h.out, "  "+line)
	}
}

// note remembers what the waits ask for. The demo has one box, and its broker
// nobody else who publishes.
func (h *demoHeard) note(m mqtt.Message) {
	var d struct {
		Event  string `json:"event_type"`
		Active int    `json:"active_calls"`
	}
	switch name := m.Topic[strings.LastIndexByte(m.Topic, '/')+1:]; {
	case name == "health":
		h.access = h.access || strings.Contains(string(m.Payload), `"tr064":{"state":"up"`)
	case name == "link":
		h.link = string(m.Payload)
	case json.Unmarshal(m.Payload, &d) != nil:
	case name == "event" && d.Event != "lost": // which no line of the box says
		h.events++
	case name == "state" && !strings.Contains(m.Topic, "/line/"):
		h.active, h.stated = d.Active, true
	}
}

func (h *demoHeard) print(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintln(h.out, text)
}

// soFar is a copy of what arrived, and a channel that closes with the next.
func (h *demoHeard) soFar() ([]mqtt.Message, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.messages[:len(h.messages):len(h.messages)], h.next()
}

// next is closed with the next message. h.mu is held.
func (h *demoHeard) next() <-chan struct{} {
	if h.news == nil {
		h.news = make(chan struct{})
	}
	return h.news
}

// until waits for something that a message brings about, but not for ever.
func (h *demoHeard) until(ctx context.Context, done func() bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		h.mu.Lock()
		ok, news := done(), h.next()
		h.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
	}
}

// catchUp waits until each line of the box has been heard of as an event, and the
// latest state counts the calls that the box has.
func (h *demoHeard) catchUp(ctx context.Context, box *fritztest.Box) {
	s := box.State()
	h.until(ctx, func() bool { return h.events >= s.Lines && h.stated && h.active == len(s.Calls) })
}

// dial dials the simulated box, its call monitor once the subscriber knows that there is no link: a
// link that comes back sooner would hide that it was gone.
func (h *demoHeard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address != h.monitor {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	waiting, cancel := context.WithTimeout(ctx, patience/2) // which leaves time to dial
	defer cancel()
	h.until(waiting, func() bool { return h.link == "offline" })
	return new(net.Dialer).DialContext(ctx, network, address)
}
