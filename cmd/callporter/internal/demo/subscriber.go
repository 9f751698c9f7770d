package demo

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
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/mqtt"
)

// maxMessages bounds what the endless demo keeps. A day has a few hundred messages.
const maxMessages = 10_000

// messageTimeout bounds each wait for a message. After it the demo goes on, and the check
// at the end finds what is missing.
const messageTimeout = 5 * time.Second

// subscriber keeps and prints every message of the demo.
type subscriber struct {
	out      io.Writer
	json     bool
	language call.Language

	mu        sync.Mutex
	messages  []mqtt.Message
	changed   chan struct{} // closed at the next message
	events    uint64        // that a line of the box caused
	active    int           // calls in the latest state
	hasState  bool          // there was a state
	link      string        // the latest
	boxRead   bool          // the gateway has read the box
	listRead  bool          // and the list of PhoneBlock
	listed    bool          // a number was put onto a list
	rejecting bool          // auto_reject is on
	last      string        // the type of the latest event

	monitor string // address of the box's call monitor
}

func (s *subscriber) receive(_ context.Context, m mqtt.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) < maxMessages {
		s.messages = append(s.messages, m)
	}
	s.update(m)
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
	if s.json {
		json.NewEncoder(s.out).Encode(struct {
			Topic   string `json:"topic"`
			Payload string `json:"payload"`
			Retain  bool   `json:"retain"`
		}{m.Topic, string(m.Payload), m.Retained})
	} else if line, ok := cli.EventLine(m.Payload, "", s.language); ok {
		fmt.Fprintln(s.out, "  "+line)
	}
}

// update notes what the waits depend on. The demo has one box, and only the gateway
// publishes on its broker. s.mu is held.
func (s *subscriber) update(m mqtt.Message) {
	var d struct {
		Event  string `json:"event_type"`
		Action string `json:"action"`
		Active int    `json:"active_calls"`
	}
	switch name := m.Topic[strings.LastIndexByte(m.Topic, '/')+1:]; {
	case name == "health":
		s.boxRead = s.boxRead || strings.Contains(string(m.Payload), `"tr064":{"state":"up"`)
		s.listRead = s.listRead || strings.Contains(string(m.Payload), `"name":"phoneblock","state":"up"`)
	case name == "link":
		s.link = string(m.Payload)
	case name == "settings":
		s.rejecting = strings.Contains(string(m.Payload), `"auto_reject":"ON"`)
	case json.Unmarshal(m.Payload, &d) != nil:
	case name == "event" && d.Event == "screened": // no line of the box causes it
		s.listed = s.listed || d.Action == "listed"
	case name == "event" && d.Event != "lost": // nor this
		s.events++
		if s.last = d.Event; d.Event == "reject" {
			s.events++ // CONNECT and DISCONNECT of our own phone
		}
		s.listed = s.listed || d.Action == "listed"
	case name == "state" && !strings.Contains(m.Topic, "/line/"):
		s.active, s.hasState = d.Active, true
	}
}

func (s *subscriber) printf(format string, args ...any) { s.print(fmt.Sprintf(format, args...)) }

func (s *subscriber) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.out, text)
}

// received returns the messages so far, and a channel that closes with the next one.
func (s *subscriber) received() ([]mqtt.Message, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages[:len(s.messages):len(s.messages)], s.next()
}

// next returns a channel that closes with the next message. s.mu is held.
func (s *subscriber) next() <-chan struct{} {
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// waitUntil waits until done, which is asked after each message; messageTimeout at most.
func (s *subscriber) waitUntil(ctx context.Context, done func() bool) {
	ctx, cancel := context.WithTimeout(ctx, messageTimeout)
	defer cancel()
	for {
		s.mu.Lock()
		ok, changed := done(), s.next()
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// waitForLines waits until each line of the box has arrived as an event, and the latest
// state counts as many calls as the box has.
func (s *subscriber) waitForLines(ctx context.Context, box *fritztest.Box) {
	state := box.State()
	s.waitUntil(ctx, func() bool { return s.events >= state.Lines && s.hasState && s.active == len(state.Calls) })
}

// dial dials the simulated box. The call monitor is dialled once the subscriber knows that
// the link is down: a link that came back sooner would hide the outage.
func (s *subscriber) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address != s.monitor {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	waiting, cancel := context.WithTimeout(ctx, messageTimeout/2) // the rest is left for dialling
	defer cancel()
	s.waitUntil(waiting, func() bool { return s.link == "offline" })
	return new(net.Dialer).DialContext(ctx, network, address)
}
