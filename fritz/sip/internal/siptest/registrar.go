package siptest

import (
	"bufio"
	"crypto/tls"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Registrar is a box that does nothing by itself: the test reads each message of the phone, and
// answers it or not.
type Registrar struct {
	t    testing.TB
	udp  net.PacketConn
	tcp  net.Listener
	came chan *Received
	// Pings holds one for each CRLFCRLF that came.
	Pings chan struct{}
	// Lenient skips what the phone sends against the rules, such as an answer to nonsense.
	Lenient bool

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

// Received is a message of the phone, and when and from where it came.
type Received struct {
	*Message
	At   time.Time
	From net.Addr
	Conn net.Conn // nil with UDP
}

// NewRegistrar listens at host:port by "udp", "tcp" or, with a configuration, by TLS.
func NewRegistrar(t testing.TB, network, address string, config *tls.Config) *Registrar {
	t.Helper()
	r := &Registrar{t: t, came: make(chan *Received, 4096), Pings: make(chan struct{}, 4096)}
	var err error
	var wait sync.WaitGroup
	if network == "udp" {
		if r.udp, err = net.ListenPacket("udp", address); err == nil {
			wait.Go(r.receive)
		}
	} else if r.tcp, err = net.Listen("tcp", address); err == nil {
		if config != nil {
			r.tcp = tls.NewListener(r.tcp, config)
		}
		wait.Go(func() { r.accept(&wait) })
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.udp != nil {
			r.udp.Close()
		} else {
			r.tcp.Close()
		}
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		r.Disconnect()
		wait.Wait()
	})
	return r
}

// Port is the port where it listens.
func (r *Registrar) Port() int {
	address := net.Addr(nil)
	if r.udp != nil {
		address = r.udp.LocalAddr()
	} else {
		address = r.tcp.Addr()
	}
	_, digits, _ := net.SplitHostPort(address.String())
	port, _ := strconv.Atoi(digits)
	return port
}

func (r *Registrar) receive() {
	buf := make([]byte, 65535)
	for {
		n, from, err := r.udp.ReadFrom(buf)
		if err != nil {
			return
		}
		raw := string(buf[:n])
		if raw == "\r\n\r\n" {
			r.Pings <- struct{}{}
			continue
		}
		r.take(raw, from, nil)
	}
}

func (r *Registrar) accept(wait *sync.WaitGroup) {
	for {
		conn, err := r.tcp.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		if r.conns = append(r.conns, conn); r.closed {
			conn.Close()
		}
		r.mu.Unlock()
		wait.Go(func() {
			defer conn.Close()
			in := bufio.NewReader(conn)
			for {
				for start, err := in.Peek(4); err == nil && string(start) == "\r\n\r\n"; start, err = in.Peek(4) {
					in.Discard(4) //nolint:errcheck // it is there
					r.Pings <- struct{}{}
				}
				raw, err := readMessage(in)
				if err != nil {
					return
				}
				r.take(raw, conn.RemoteAddr(), conn)
			}
		})
	}
}

func (r *Registrar) take(raw string, from net.Addr, conn net.Conn) {
	m, err := parse(raw)
	if err != nil {
		if !r.Lenient {
			r.t.Errorf("the phone sends %q: %v", raw, err)
		}
		return
	}
	r.came <- &Received{m, time.Now(), from, conn}
}

// Disconnect closes all connections.
func (r *Registrar) Disconnect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}

// Next is the next message of the phone.
func (r *Registrar) Next() *Received {
	r.t.Helper()
	select {
	case m := <-r.came:
		return m
	case <-time.After(Limit):
		r.t.Fatal("the phone sends nothing")
		return nil
	}
}

// Waiting is how many messages have come that nobody has read.
func (r *Registrar) Waiting() int { return len(r.came) }

// Answer answers a request. Lines are added to the header.
func (r *Registrar) Answer(m *Received, status int, reason string, lines ...string) {
	r.t.Helper()
	var head []string
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, value := range m.Header.Values(name) {
			switch {
			case name == "Via":
				host, port, _ := net.SplitHostPort(m.From.String())
				value = strings.Replace(value, ";rport", ";rport="+port+";received="+host, 1)
			case name == "To" && param(value, "tag") == "":
				value += ";tag=FA26CC97D1B5A802"
			}
			head = append(head, name+": "+value)
		}
	}
	r.Send(m, compose("SIP/2.0 "+strconv.Itoa(status)+" "+reason, append(append(head, lines...), "User-Agent: FRITZ!OS"), ""))
}

// Challenge answers 401 as a box does: without qop and algorithm.
func (r *Registrar) Challenge(m *Received) {
	r.t.Helper()
	r.Answer(m, 401, "Unauthorized", `WWW-Authenticate: Digest realm="`+realm+`", nonce="055DA32FA85599EA"`)
}

// Grant answers 200 with what a box grants, 300 s, or other seconds.
func (r *Registrar) Grant(m *Received, seconds ...int) {
	r.t.Helper()
	granted := 300
	if len(seconds) > 0 {
		granted = seconds[0]
	}
	r.Answer(m, 200, "OK", "Contact: "+m.Get("Contact")+";expires="+strconv.Itoa(granted))
}

// Register challenges the next REGISTER and grants the one after it, which it returns.
func (r *Registrar) Register(seconds ...int) *Received {
	r.t.Helper()
	r.Challenge(r.Next())
	m := r.Next()
	r.Grant(m, seconds...)
	return m
}

// Send sends raw text to where a message came from.
func (r *Registrar) Send(to *Received, raw string) {
	r.t.Helper()
	var err error
	if to.Conn != nil {
		_, err = to.Conn.Write([]byte(raw))
	} else {
		_, err = r.udp.WriteTo([]byte(raw), to.From)
	}
	if err != nil {
		r.t.Errorf("send to the phone: %v", err)
	}
}

// Request sends a request without a dialog.
func (r *Registrar) Request(to *Received, method string, lines ...string) {
	r.t.Helper()
	network := "UDP"
	if to.Conn != nil {
		network = "TCP"
	}
	own := "127.0.0.1:" + strconv.Itoa(r.Port())
	r.Send(to, compose(method+" "+address(to.Get("Contact"))+" SIP/2.0", append([]string{
		"Via: SIP/2.0/" + network + " " + own + ";branch=z9hG4bK" + randomHex(8),
		"From: <sip:" + own + ">;tag=" + randomHex(8), "To: <" + address(to.Get("Contact")) + ">",
		"Call-ID: " + randomHex(8), "CSeq: 7 " + method, "Max-Forwards: 70",
	}, lines...), ""))
}
