package gatewaytest

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

// Broker is one that outlives the gateways of a test and can be restarted.
type Broker struct {
	Address string
	Start   func()
	Stop    func()                // at once, without a word to anybody
	Signal  func(os.Signal) error // nil for callporter's own
}

// EachBroker runs a test with callporter's own broker, as a program of its own,
// and with mosquitto.
func EachBroker(t *testing.T, test func(t *testing.T, b *Broker)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); test(t, NewBroker(t, nil)) })
	t.Run("mosquitto", func(t *testing.T) { t.Parallel(); test(t, NewMosquitto(t)) })
}

// NewBroker starts callporter's own broker.
func NewBroker(t testing.TB, users map[string]string) *Broker {
	t.Helper()
	b := &Broker{Address: testkit.OwnHost() + ":0"}
	var stop func()
	b.Start = func() {
		t.Helper()
		var run *mqttbroker.Broker
		// A process that another test is just starting may have the old port for a moment.
		Eventually(t, "the port is free", func() (ok bool) {
			var err error
			if run, err = mqttbroker.New(mqttbroker.Options{Listen: b.Address, Users: users}); err != nil && !errors.Is(err, syscall.EADDRINUSE) {
				t.Fatal(err)
			}
			return err == nil
		})
		b.Address = run.Addr().String()
		stop = Background(t, run.Run)
	}
	b.Stop = func() { stop() }
	b.Start()
	t.Cleanup(func() { b.Stop() })
	return b
}

// Proxy is the way from a gateway to its broker, which can be cut, unplugged, and
// can hold back the broker's confirmations.
type Proxy struct {
	listener net.Listener
	broker   string
	work     sync.WaitGroup

	mu      sync.Mutex
	plugged bool
	holding bool
	ends    map[net.Conn]*Held
}

// Held is what waits for the gateway on one connection.
type Held struct {
	mu      sync.Mutex
	to      net.Conn
	packets []byte
}

// NewCable makes a proxy before the broker at this address.
func NewCable(t testing.TB, address string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Proxy{listener: l, broker: address, plugged: true, ends: map[net.Conn]*Held{}}
	c.work.Go(c.accept)
	t.Cleanup(func() {
		l.Close()
		c.Unplug()
		c.work.Wait()
	})
	return c
}

func (c *Proxy) address() string { return c.listener.Addr().String() }

func (c *Proxy) accept() {
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
		h := &Held{to: near}
		c.ends[near], c.ends[far] = h, h
		c.work.Go(func() { io.Copy(far, near); c.forget(near, far) })
		c.work.Go(func() { c.forward(far, h); c.forget(near, far) })
		c.mu.Unlock()
	}
}

func (c *Proxy) forget(ends ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, end := range ends {
		end.Close()
		delete(c.ends, end)
	}
}

// forward copies packets from the broker, PUBACKs only while they are not held.
func (c *Proxy) forward(far net.Conn, h *Held) {
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

// Hold keeps the broker's confirmations back.
func (c *Proxy) Hold() {
	c.mu.Lock()
	c.holding = true
	c.mu.Unlock()
}

// Release delivers them.
func (c *Proxy) Release() {
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

// Cut breaks what is connected: neither side says a word.
func (c *Proxy) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for end := range c.ends {
		end.Close()
	}
}

// Unplug cuts, and lets nobody connect until Plug.
func (c *Proxy) Unplug() {
	c.mu.Lock()
	c.plugged = false
	c.mu.Unlock()
	c.Cut()
}

// Plug lets the gateway connect again.
func (c *Proxy) Plug() {
	c.mu.Lock()
	c.plugged = true
	c.mu.Unlock()
}
