package mqtt

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// cluster is brokers in fake time.
type cluster struct {
	client *Client
	began  time.Time

	mu         sync.Mutex
	behaviours map[string]string // what a broker does with a connection, see serve
	open       map[string]net.Conn
	attempts   []string // each with its time since the begin
	received   []string // payloads of events
	forgone    []string // filters of UNSUBSCRIBE
}

// newCluster makes a client of brokers, each given as its name and its behaviour.
func newCluster(t *testing.T, nodes ...string) *cluster {
	t.Helper()
	c := &cluster{began: time.Now(), behaviours: map[string]string{}, open: map[string]net.Conn{}}
	var err error
	c.client, err = NewClient(Options{URLs: []string{"mqtt://replaced"}, ClientID: "callportertest", Availability: "cp/availability"})
	if err != nil {
		t.Fatal(err)
	}
	c.client.addresses = nil
	for _, n := range nodes {
		name, behaviour, _ := strings.Cut(n, " ")
		c.behaviours[name] = behaviour
		c.client.addresses = append(c.client.addresses, address{name: name, dial: func(context.Context) (net.Conn, error) { return c.dial(name) }})
	}
	return c
}

func (c *cluster) dial(name string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attempts = append(c.attempts, fmt.Sprintf("%v %s", time.Since(c.began), name))
	behaviour := c.behaviours[name]
	if behaviour == "down" {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	before := c.open[name]
	c.open[name] = far
	go c.serve(far, before, name)
	return near, nil
}

// serve is a broker that is well, or not quite. It speaks MQTT 3.1.1 alone; the
// connection before one that speaks MQTT 5 is the one to talk to.
func (c *cluster) serve(conn, before net.Conn, name string) {
	if c.behaviour(name) == "goes down" {
		conn.Close()
	}
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		behaviour := c.behaviour(name)
		switch p := p.(type) {
		case *packets.ConnectPacket:
			if p.ProtocolVersion != 4 {
				conn.Write([]byte{0x20, 2, 0, 1})
				conn.Close()
				c.mu.Lock()
				c.open[name] = before
				c.mu.Unlock()
				return
			}
			switch behaviour {
			case "silent":
				continue
			case "hangs up":
				conn.Close()
				return
			case "says no":
				conn.Write([]byte{0x20, 2, 0, 5})
				return
			}
			conn.Write([]byte(connack))
			if behaviour == "hangs up later" {
				conn.Close()
				return
			}
		case *packets.SubscribePacket:
			if behaviour == "mute" {
				continue
			}
			answer := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			answer.MessageID, answer.ReturnCodes = p.MessageID, make([]byte, len(p.Topics))
			for i, topic := range p.Topics {
				if behaviour == "forbids" && topic != "cp/a" {
					answer.ReturnCodes[i] = 0x80
				}
			}
			answer.Write(conn)
			if behaviour == "breaks the protocol" {
				conn.Write([]byte{0xf0, 0})
			}
		case *packets.UnsubscribePacket:
			c.mu.Lock()
			c.forgone = append(c.forgone, p.Topics...)
			c.mu.Unlock()
			answer := packets.NewControlPacket(packets.Unsuback).(*packets.UnsubackPacket)
			answer.MessageID = p.MessageID
			answer.Write(conn)
		case *packets.PublishPacket:
			if p.TopicName == "cp/availability" && behaviour != "forbids" {
				back := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
				back.TopicName, back.Payload = p.TopicName, p.Payload
				back.Write(conn)
			}
			if p.TopicName == "cp/event" {
				c.mu.Lock()
				c.received = append(c.received, string(p.Payload))
				n := len(c.received)
				c.mu.Unlock()
				if pause, ok := strings.CutPrefix(behaviour, "pauses "); ok && n == 100 {
					d, _ := time.ParseDuration(pause)
					<-time.After(d)
				} else if behaviour == "slow" {
					<-time.After(20 * time.Millisecond)
				} else if behaviour == "hangs up at it" {
					conn.Close()
					return
				} else if behaviour == "forgets it" && n == 1 {
					continue
				}
			}
			answer := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			answer.MessageID = p.MessageID
			answer.Write(conn)
		case *packets.PingreqPacket:
			conn.Write([]byte{0xD0, 0})
		}
	}
}

// say lets a broker hand on a message.
func (c *cluster) say(name, topic, payload string, retained bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Retain = topic, []byte(payload), retained
	p.Write(c.open[name])
}

func (c *cluster) behaviour(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behaviours[name]
}

// behave changes the behaviour of a broker.
func (c *cluster) behave(name, behaviour string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behaviours[name] = behaviour
}

// hangUp closes the connection to a broker.
func (c *cluster) hangUp(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[name].Close()
}

// silence lets a broker read and say nothing more on its connection.
func (c *cluster) silence(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[name].SetReadDeadline(time.Now())
}

// tried are the attempts behind the first n.
func (c *cluster) tried(n int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.attempts[n:])
}
