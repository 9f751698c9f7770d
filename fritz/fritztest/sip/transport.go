package sip

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxConns     = 64 // TCP connections at a time
	maxQueue     = 256
	writeTimeout = 5 * time.Second
)

// peer is where messages come from and go to: an address on UDP, or a TCP connection.
type peer struct {
	udp  *net.UDPAddr
	conn *conn // nil on UDP
}

// conn is a TCP connection with its own writer, so that a slow phone holds nobody up.
type conn struct {
	net.Conn
	out  chan string
	once sync.Once
	done chan struct{}
}

func (c *conn) close() { c.once.Do(func() { close(c.done); c.Conn.Close() }) }

func (p peer) transport() string {
	if p.conn != nil {
		return "TCP"
	}
	return "UDP"
}

// addr is the address of the other side.
func (p peer) addr() (ip string, port int) {
	switch {
	case p.conn != nil:
		a, _ := p.conn.RemoteAddr().(*net.TCPAddr)
		if a != nil {
			return a.IP.String(), a.Port
		}
	case p.udp != nil:
		return p.udp.IP.String(), p.udp.Port
	}
	return "", 0
}

// ListenSIP opens the SIP port, UDP and TCP on the same number. A box has 5060.
func (r *Registrar) ListenSIP(address string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.udp != nil || r.closed {
		return errors.New("the SIP port is open already")
	}
	return r.open(address)
}

// open opens the port; r.mu is held. With port 0 the number that TCP gets may be taken on
// UDP, so it tries some.
func (r *Registrar) open(address string) error {
	var err error
	for range 20 {
		var stream net.Listener
		if stream, err = net.Listen("tcp", address); err != nil {
			return err
		}
		var packets net.PacketConn
		if packets, err = net.ListenPacket("udp", stream.Addr().String()); err != nil {
			stream.Close()
			continue
		}
		r.tcp, r.udp, r.addr = stream, packets.(*net.UDPConn), packets.LocalAddr().(*net.UDPAddr)
		socket := r.udp
		r.work.Go(func() { r.receive(socket) })
		r.work.Go(func() { r.accept(stream) })
		return nil
	}
	return err
}

// SIPAddr is where the SIP port listens; nil before ListenSIP.
func (r *Registrar) SIPAddr() net.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.addr == nil {
		return nil
	}
	return r.addr
}

// RefuseSIP closes the SIP port and forgets all registrations and calls, as a restart does.
func (r *Registrar) RefuseSIP() {
	r.mu.Lock()
	r.shut()
	r.mu.Unlock()
	r.opt.Changed()
}

// AcceptSIP opens the port again where it was; nothing if there never was one.
func (r *Registrar) AcceptSIP() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.addr == nil || r.udp != nil || r.closed {
		return nil
	}
	return r.open(r.addr.String())
}

// shut closes the sockets and ends what depends on them. r.mu is held.
func (r *Registrar) shut() {
	if r.udp != nil {
		r.udp.Close()
		r.tcp.Close()
		r.udp, r.tcp = nil, nil
	}
	for c := range r.conns {
		c.close()
	}
	r.forget()
}

// CloseSIP closes everything and waits until nothing runs any more. It may be called twice.
func (r *Registrar) CloseSIP() {
	r.mu.Lock()
	r.closed = true
	r.shut()
	for t := range r.timers {
		t.stop()
	}
	r.mu.Unlock()
	r.work.Wait()
}

func (r *Registrar) receive(socket *net.UDPConn) {
	buf := make([]byte, maxMessage)
	for {
		n, from, err := socket.ReadFromUDP(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of a phone that is gone
		}
		if raw := string(buf[:n]); strings.Trim(raw, "\r\n\x00 ") != "" { // else a keepalive
			r.take(raw, peer{udp: from})
		}
	}
}

func (r *Registrar) accept(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		r.serve(c)
	}
}

// serve reads and writes a TCP connection in the background. It returns nil if there are too
// many.
func (r *Registrar) serve(raw net.Conn) *conn {
	c := &conn{Conn: raw, out: make(chan string, maxQueue), done: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.udp == nil || len(r.conns) >= maxConns {
		raw.Close()
		return nil
	}
	r.conns[c] = struct{}{}
	r.work.Go(func() {
		r.readStream(c)
		c.close()
		r.mu.Lock()
		delete(r.conns, c)
		r.mu.Unlock()
	})
	r.work.Go(func() {
		for {
			select {
			case text := <-c.out:
				c.SetWriteDeadline(time.Now().Add(writeTimeout))
				if _, err := io.WriteString(c, text); err != nil {
					c.close()
				}
			case <-c.done:
				return
			}
		}
	})
	return c
}

// readStream reads message by message.
func (r *Registrar) readStream(c *conn) {
	in := bufio.NewReaderSize(c, maxMessage)
	for {
		raw, err := readMessage(in)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			r.violate("a TCP stream: %v", err)
			return
		case raw == keepalive:
			c.queue("\r\n")
		default:
			r.take(raw, peer{conn: c})
		}
	}
}

// keepalive is CRLFCRLF between messages, which is answered by CRLF (RFC 5626, 4.4.1).
const keepalive = "\r\n\r\n"

// readMessage reads one message of a stream by its Content-Length, or a keepalive.
func readMessage(in *bufio.Reader) (string, error) {
	var head strings.Builder
	length, empty := -1, 0
	for {
		slice, err := in.ReadSlice('\n') // a line that does not fit is an error
		if err != nil {
			return "", err
		}
		line := string(slice)
		if head.Len() == 0 && line == "\r\n" {
			if empty++; empty == 2 {
				return keepalive, nil
			}
			continue
		}
		head.WriteString(line)
		if head.Len() > maxMessage {
			return "", errors.New("the header has no end")
		}
		if line == "\r\n" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		if name = strings.ToLower(strings.TrimSpace(name)); name == "content-length" || name == "l" {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length < 0 || length > maxMessage {
				return "", fmt.Errorf("Content-Length %.20q is wrong", value)
			}
		}
	}
	if length < 0 {
		return "", errors.New("Content-Length is missing")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return "", err
	}
	return head.String() + string(body), nil
}

func (c *conn) queue(text string) {
	select {
	case c.out <- text:
	default:
		c.close() // it does not read
	}
}

// write sends a text to a peer. r.mu is held.
func (r *Registrar) write(text string, to peer) {
	switch {
	case to.conn != nil:
		to.conn.queue(text)
	case r.udp != nil && to.udp != nil:
		_, _ = r.udp.WriteToUDP([]byte(text), to.udp) // UDP may lose anything
	}
}
