package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Pipes are connections within a test, for a listener and those who dial it.
type Pipes struct {
	conns chan net.Conn
	shut  chan struct{}
	close func()
}

func NewPipes() *Pipes {
	p := &Pipes{conns: make(chan net.Conn), shut: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.shut) })
	return p
}

func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

func (p *Pipes) Close() error   { p.close(); return nil }
func (p *Pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *Pipes) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.shut:
	case <-ctx.Done():
	}
	return nil, errors.New("nobody listens")
}

// ShortBroker is as much of a broker as one client needs, on pipes, and can be away.
type ShortBroker struct {
	Work sync.WaitGroup

	mu       sync.Mutex
	away     bool
	conns    map[net.Conn]bool
	retained map[string]string
	events   map[string]bool // type and call, since Events was asked
	Broken   []string
	Heard    func(topic, payload string) // instead of events and broken, if set
	Say      chan packets.ControlPacket  // what the broker sends of its own
}

func NewShortBroker() *ShortBroker {
	return &ShortBroker{conns: map[net.Conn]bool{}, retained: map[string]string{}, events: map[string]bool{}, Say: make(chan packets.ControlPacket)}
}

func (b *ShortBroker) Dial(context.Context) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return nil, errors.New("the broker is away")
	}
	near, far := net.Pipe()
	b.conns[far] = true
	b.Work.Go(func() { b.serve(far) })
	return near, nil
}

// Leave ends all connections and lets nobody in until the broker is back.
func (b *ShortBroker) Leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = true
	for c := range b.conns {
		c.Close()
	}
}

func (b *ShortBroker) Back() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = false
}

func (b *ShortBroker) serve(conn net.Conn) {
	answers := make(chan packets.ControlPacket, 4096)
	b.Work.Go(func() {
		for {
			var p packets.ControlPacket
			select {
			case a, more := <-answers:
				if !more {
					return
				}
				p = a
			case p = <-b.Say:
			}
			if p.Write(conn) != nil {
				conn.Close()
			}
		}
	})
	defer close(answers)
	defer func() {
		conn.Close()
		b.mu.Lock()
		delete(b.conns, conn)
		b.retained["callporter/availability"] = "offline" // the last will, or said before
		b.mu.Unlock()
	}()
	for {
		packet, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			answers <- packets.NewControlPacket(packets.Connack)
		case *packets.SubscribePacket:
			a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			a.MessageID, a.ReturnCodes = p.MessageID, p.Qoss
			answers <- a
		case *packets.PingreqPacket:
			answers <- packets.NewControlPacket(packets.Pingresp)
		case *packets.PublishPacket:
			b.take(p.TopicName, string(p.Payload), p.Retain)
			if p.TopicName == "callporter/availability" || strings.HasPrefix(p.TopicName, "homeassistant/device/") {
				back := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
				back.TopicName, back.Payload = p.TopicName, p.Payload
				answers <- back
			}
			a := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			a.MessageID = p.MessageID
			answers <- a
		case *packets.DisconnectPacket:
			return
		}
	}
}

func (b *ShortBroker) take(topic, payload string, retain bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if retain {
		b.retained[topic] = payload
		return
	}
	if b.Heard != nil {
		b.Heard(topic, payload)
		return
	}
	var e struct {
		Type string `json:"event_type"`
		ID   string
		Ring int `json:"ring_seconds"`
		Talk int `json:"talk_seconds"`
	}
	if err := json.Unmarshal([]byte(payload), &e); err != nil || e.ID == "" || e.Ring < 0 || e.Talk < 0 {
		b.Broken = append(b.Broken, payload)
		return
	}
	b.events[e.Type+" "+e.ID] = true // what is not confirmed comes again
}

// Is reports the word of a retained state, or the payload itself.
func (b *ShortBroker) Is(topic string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var doc struct{ State string }
	if json.Unmarshal([]byte(b.retained[topic]), &doc) == nil && doc.State != "" {
		return doc.State
	}
	return b.retained[topic]
}

// Events counts the events since it was asked last, each once.
func (b *ShortBroker) Events() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.events)
	clear(b.events)
	return n
}

// Away reports whether the broker lets nobody in.
func (b *ShortBroker) Away() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.away
}
