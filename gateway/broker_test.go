package gateway_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/callporter/callporter/internal/testkit"
	mqttbroker "github.com/callporter/callporter/mqtt/broker"
)

// broker is one that outlives the gateways of a test and can be restarted.
type broker struct {
	address string
	start   func()
	stop    func()                // at once, without a word to anybody
	signal  func(os.Signal) error // nil for callporter's own
}

// eachBroker runs a test with callporter's own broker, as a program of its own,
// and with mosquitto.
func eachBroker(t *testing.T, test func(t *testing.T, b *broker)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); test(t, newBroker(t, nil)) })
	t.Run("mosquitto", func(t *testing.T) { t.Parallel(); test(t, newMosquitto(t)) })
}

// newBroker starts callporter's own broker.
func newBroker(t testing.TB, users map[string]string) *broker {
	t.Helper()
	b := &broker{address: testkit.OwnHost() + ":0"}
	var stop func()
	b.start = func() {
		t.Helper()
		var run *mqttbroker.Broker
		// A process that another test is just starting may have the old port for a moment.
		eventually(t, "the port is free", func() (ok bool) {
			var err error
			if run, err = mqttbroker.New(mqttbroker.Options{Listen: b.address, Users: users}); err != nil && !errors.Is(err, syscall.EADDRINUSE) {
				t.Fatal(err)
			}
			return err == nil
		})
		b.address = run.Addr().String()
		stop = background(t, run.Run)
	}
	b.stop = func() { stop() }
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

// proxy is the way from a gateway to its broker, which can be cut, unplugged, and
// can hold back the broker's confirmations.
type proxy struct {
	listener net.Listener
	broker   string
	work     sync.WaitGroup

	mu      sync.Mutex
	plugged bool
	holding bool
	ends    map[net.Conn]*held
}

// held is what waits for the gateway on one connection.
type held struct {
	mu      sync.Mutex
	to      net.Conn
	packets []byte
}

func newCable(t testing.TB, address string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &proxy{listener: l, broker: address, plugged: true, ends: map[net.Conn]*held{}}
	c.work.Go(c.accept)
	t.Cleanup(func() {
		l.Close()
		c.unplug()
		c.work.Wait()
	})
	return c
}

func (c *proxy) address() string { return c.listener.Addr().String() }

func (c *proxy) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", c.broker)
		c.mu.Lock()
		if err != nil || !c.plugged {
			near.Close()
			if far != nil {
				far.Close()
			}
			c.mu.Unlock()
			continue
		}
		h := &held{to: near}
		c.ends[near], c.ends[far] = h, h
		c.work.Go(func() { io.Copy(far, near); c.forget(near, far) })
		c.work.Go(func() { c.forward(far, h); c.forget(near, far) })
		c.mu.Unlock()
	}
}

func (c *proxy) forget(ends ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, end := range ends {
		end.Close()
		delete(c.ends, end)
	}
}

// forward copies packets from the broker, PUBACKs only while they are not held.
func (c *proxy) forward(far net.Conn, h *held) {
	r := bufio.NewReader(far)
	for {
		packet, err := readPacket(r)
		if err != nil {
			return
		}
		c.mu.Lock()
		hold := c.holding && packet[0]>>4 == 4
		c.mu.Unlock()
		h.mu.Lock()
		if hold {
			h.packets = append(h.packets, packet...)
		} else {
			_, err = h.to.Write(packet)
		}
		h.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// readPacket reads one MQTT packet: a byte with its type, its length in one to
// four bytes of seven bits, and so many bytes.
func readPacket(r *bufio.Reader) ([]byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	packet, length := []byte{first}, 0
	for shift := 0; ; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		packet = append(packet, b)
		if length |= int(b&0x7f) << shift; b < 0x80 {
			break
		}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r, body)
	return append(packet, body...), err
}

// hold keeps the broker's confirmations back.
func (c *proxy) hold() {
	c.mu.Lock()
	c.holding = true
	c.mu.Unlock()
}

// release delivers them.
func (c *proxy) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding = false
	for _, h := range c.ends {
		h.mu.Lock()
		h.to.Write(h.packets) //nolint:errcheck // then the connection is gone
		h.packets = nil
		h.mu.Unlock()
	}
}

// cut breaks what is connected: neither side says a word.
func (c *proxy) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for end := range c.ends {
		end.Close()
	}
}

// unplug cuts, and lets nobody connect until plug.
func (c *proxy) unplug() {
	c.mu.Lock()
	c.plugged = false
	c.mu.Unlock()
	c.cut()
}

func (c *proxy) plug() {
	c.mu.Lock()
	c.plugged = true
	c.mu.Unlock()
}
