package mqtt

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// scriptedConn is a connection whose other side has said everything there is to say.
type scriptedConn struct {
	net.Conn
	io.Reader
}

func (s scriptedConn) Read(p []byte) (int, error)     { return s.Reader.Read(p) }
func (scriptedConn) SetReadDeadline(time.Time) error  { return nil }
func (scriptedConn) SetWriteDeadline(time.Time) error { return nil }

func (scriptedConn) Write(p []byte) (int, error) {
	if bytes.HasSuffix(p, []byte("lost")) {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// Packets of ours: SUBSCRIBE and PUBLISH with id 1, and PUBLISH with others.
const (
	subscribe = "\x82\x06\x00\x01\x00\x01a\x01"
	publish   = "\x33\x06\x00\x01a\x00\x01b"
	publish2  = "\x32\x89\x00\x00\x01a\x00\x02hello"
	publishX  = "\x32\x09\x00\x01a\x00\x03lost"
)

// readAll reads packets as Paho does, until there are no more, after it has written
// those of ours.
func readAll(said io.Reader, ours ...string) (got []packets.ControlPacket, err error) {
	w := newWire(scriptedConn{Reader: said}, time.Minute, time.Minute)
	if len(ours) > 0 { // after CONNACK
		p, err := packets.ReadPacket(w)
		if err != nil {
			return got, err
		}
		got = append(got, p)
	}
	for _, p := range ours {
		w.Write([]byte(p))
	}
	for {
		p, err := packets.ReadPacket(w)
		if err != nil {
			return got, err
		}
		got = append(got, p)
	}
}

// connack and suback are the first answers of a broker that is asked for one filter.
const (
	connack = "\x20\x02\x00\x00"
	suback  = "\x90\x03\x00\x01\x01"
)

func TestWire(t *testing.T) {
	long := strings.Repeat("x", 3*maxMessage)
	for name, c := range map[string]struct {
		said    string
		packets int
		wrong   string // "" = nothing is
	}{
		"greeting":            {connack + suback, 2, ""},
		"refusal":             {"\x20\x02\x00\x05", 1, ""},
		"everything":          {connack + suback + "\x40\x02\x00\x01" + "\x62\x02\x00\x01" + "\xd0\x00" + "\x31\x04\x00\x01ab" + "\x32\x06\x00\x01a\x00\x01b", 7, ""},
		"goodbye":             {connack + "\xe0\x02\x8e\x00", 1, ""},
		"length in long form": {connack + "\xd0\x80\x80\x00", 2, ""},
		"empty payload":       {connack + "\x30\x03\x00\x01a", 2, ""},

		"no greeting":             {"\xd0\x00", 0, "type 13 where none is due"},
		"two greetings":           {connack + connack, 1, "type 2 where none is due"},
		"unknown return code":     {"\x20\x02\x00\x06", 0, "return code 6"},
		"greeting of MQTT 5":      {"\x20\x03\x00\x84\x00", 0, "type 2 with 3 bytes"},
		"too many codes":          {connack + "\x90\x04\x00\x01\x01\x01", 1, "type 9 with 4 bytes, not 3"},
		"too few codes":           {connack + "\x90\x02\x00\x01", 1, "type 9 with 2 bytes, not 3"},
		"a client's packet":       {connack + "\x10\x00", 1, "a packet of type 1"},
		"no packet":               {"HTTP/1.1 400 Bad Request\r\n\r\n", 0, "type 4 where none is due"},
		"length without end":      {connack + "\x30\xff\xff\xff\xff\x01", 1, "more than four bytes"},
		"large confirmation":      {connack + "\x40\xff\xff\xff\x7f", 1, "type 4 with 268435455 bytes"},
		"topic beyond the packet": {connack + "\x30\x03\x00\x02a", 1, "shorter than its topic"},
		"no room for the id":      {connack + "\x32\x03\x00\x01a", 1, "shorter than its topic"},
		"no room for a topic":     {connack + "\x30\x01\x00", 1, "shorter than its topic"},
		"QoS 3":                   {connack + "\x36\x06\x00\x01a\x00\x01b", 1, "QoS 3"},
		"cut in a head":           {connack + "\x30\x80", 1, "EOF"},
		"cut in a packet":         {connack + "\x30\x05\x00\x01a", 1, "EOF"},
		"cut in what is left out": {connack + "\x30\x80\x80\x10\x00\x01a" + long[:maxMessage-3], 2, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			for way, said := range map[string]io.Reader{
				"at once":      strings.NewReader(c.said),
				"byte by byte": iotest.OneByteReader(strings.NewReader(c.said)),
			} {
				got, err := readAll(said, subscribe, publish)
				if len(got) != c.packets {
					t.Errorf("%s: %d packets, not %d: %v", way, len(got), c.packets, err)
				}
				if c.wrong == "" && err != io.EOF || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%s: %v", way, err)
				}
			}
		})
	}
}

// TestWireCutsMessages: what is too long is cut, and what comes behind it is read.
func TestWireCutsMessages(t *testing.T) {
	var said bytes.Buffer
	said.WriteString(connack)
	for _, size := range []int{10, maxMessage, 5 << 20, 1} {
		p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		p.Qos, p.MessageID, p.TopicName, p.Retain = 1, 7, "cp/fritzbox/command/quiet", true
		p.Payload = bytes.Repeat([]byte("x"), size)
		if err := p.Write(&said); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readAll(&said)
	if len(got) != 5 || err != io.EOF {
		t.Fatalf("%d packets, %v", len(got), err)
	}
	head := 2 + len("cp/fritzbox/command/quiet") + 2
	for i, want := range []int{10, maxMessage - head, maxMessage - head, 1} {
		p := got[i+1].(*packets.PublishPacket)
		if len(p.Payload) != want || p.TopicName != "cp/fritzbox/command/quiet" || !p.Retain || p.MessageID != 7 {
			t.Errorf("message %d has %d bytes, not %d", i, len(p.Payload), want)
		}
	}
}

// TestWireReceipts: a confirmation is passed on if it is waited for, and once.
func TestWireReceipts(t *testing.T) {
	for name, c := range map[string]struct {
		ours    []string
		said    string
		packets int // after CONNACK
	}{
		"message":           {[]string{publish}, "\x40\x02\x00\x01", 1},
		"twice":             {[]string{publish}, "\x40\x02\x00\x01\x40\x02\x00\x01", 1},
		"another":           {[]string{publish}, "\x40\x02\x00\x02", 0},
		"long head":         {[]string{publish2, publish}, "\x40\x02\x00\x02", 1},
		"not written":       {[]string{publishX}, "\x40\x02\x00\x03", 0},
		"QoS 0":             {[]string{"\x30\x06\x00\x01a\x00\x01b"}, "\x40\x02\x00\x01", 0},
		"subscription":      {[]string{subscribe, "\xc0\x00"}, suback + suback, 1},
		"of another kind":   {[]string{publish}, "\x50\x02\x00\x01\x70\x02\x00\x01\xb0\x02\x00\x01", 0},
		"odd one, first":    {[]string{subscribe}, "\x90\x03\x00\x02\x01" + suback, 1},
		"halves of packets": {[]string{"", "\x82", "\x32\x80", "\x32\x06\x00\x09a"}, "\x40\x02\x00\x01", 0},
	} {
		got, err := readAll(strings.NewReader(connack+c.said), c.ours...)
		if len(got) != 1+c.packets || err != io.EOF {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := readAll(strings.NewReader(connack+suback), publish); len(got) != 1 || err == io.EOF {
		t.Errorf("an answer to no SUBSCRIBE: %v, %v", got, err)
	}
	two := subscribeTo(200) // the later one counts
	answer := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	answer.MessageID, answer.ReturnCodes = 5, make([]byte, 200)
	var said bytes.Buffer
	answer.Write(&said)
	if got, err := readAll(strings.NewReader(connack+said.String()), subscribe, two); len(got) != 2 || err != io.EOF {
		t.Errorf("200 filters: %v, %v", got, err)
	}
}

// subscribeTo is a SUBSCRIBE with id 5 and so many filters.
func subscribeTo(n uint8) string {
	p := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	p.MessageID, p.Qoss = 5, make([]byte, n)
	for range n {
		p.Topics = append(p.Topics, "cp/fritzbox/command/#")
	}
	var b bytes.Buffer
	p.Write(&b)
	return b.String()
}

// TestWireWaitsForTheWrite: a confirmation that overtakes the end of the write is
// one, unless the write fails.
func TestWireWaitsForTheWrite(t *testing.T) {
	for _, all := range []bool{true, false} {
		near, far := net.Pipe()
		w := newWire(near, patience, patience)
		wrote := make(chan error, 1)
		go func() { _, err := w.Write([]byte(publish)); wrote <- err }()
		head := make([]byte, len(publish)-1)
		io.ReadFull(far, head)
		took := make(chan bool, 1)
		go func() { took <- w.pending.take(packets.Puback, 1) }()
		select {
		case due := <-took:
			t.Errorf("%v while the message is written", due)
		case err := <-wrote:
			t.Errorf("%v though the message was not read", err)
		case <-time.After(10 * time.Millisecond):
		}
		if all {
			far.Read(head[:1])
		}
		far.Close()
		if due := <-took; due != all {
			t.Errorf("%v, not %v", due, all)
		}
		<-wrote
		near.Close()
	}
}

// TestWireDeadlines: a broker that neither speaks nor reads holds nobody.
func TestWireDeadlines(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	w := newWire(near, 20*time.Millisecond, 20*time.Millisecond)
	w.SetDeadline(time.Time{}) // Paho's wishes do not count
	if _, err := w.Read(make([]byte, 1)); !errors.Is(err, errSilent) {
		t.Errorf("read: %v", err)
	}
	if _, err := w.Write([]byte("x")); !isTimeout(err) {
		t.Errorf("write: %v", err)
	}
}

// FuzzWire: whatever a broker sends, no packet is larger than it may be, and none
// has more than was asked for.
func FuzzWire(f *testing.F) {
	f.Add([]byte(connack+suback), uint8(1))
	f.Add([]byte(connack+"\x32\x06\x00\x01a\x00\x01b\xd0\x00"), uint8(0))
	f.Add([]byte(connack+"\x30\xff\xff\xff\x7f\x00\x01a"), uint8(0))
	f.Fuzz(func(t *testing.T, said []byte, filters uint8) {
		got, err := readAll(bytes.NewReader(said), subscribeTo(filters))
		if err == nil {
			t.Fatal("no end")
		}
		for i, p := range got {
			if _, first := p.(*packets.ConnackPacket); first != (i == 0) {
				t.Fatalf("packet %d is %v", i, p)
			}
			switch p := p.(type) {
			case *packets.PublishPacket:
				if len(p.TopicName)+len(p.Payload) > maxMessage {
					t.Fatalf("a message of %d bytes", len(p.Payload))
				}
			case *packets.SubackPacket:
				if len(p.ReturnCodes) != int(filters) {
					t.Fatalf("%d codes for %d filters", len(p.ReturnCodes), filters)
				}
			}
		}
	})
}
