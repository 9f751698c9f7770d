package announcing

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/zaf/g711"

	"github.com/callporter/callporter/fritz/sip/media"
)

const limit = 20 * time.Second

// names are all texts, each of which is a short file of a level of its own in a test.
var names = []string{
	"unknown", "advertising", "lottery", "survey", "cost_trap", "marketer", "terror", "not_in_service", "recorded", "press",
	"call_again", "goodbye", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
}

// textLength is how many samples such a file has.
const textLength = 480

func level(i int) int16 { return int16(1000 + 700*i) }

// texts writes the files of all texts.
func texts(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i, name := range names {
		r := recording{count: textLength}
		var data []byte
		for range textLength {
			data = binary.LittleEndian.AppendUint16(data, uint16(level(i)))
		}
		if err := os.WriteFile(filepath.Join(dir, name+".wav"), append(r.head(), data...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// caller is who hears the announcement, at the other end of the voice.
type caller struct {
	t       testing.TB
	conn    *net.UDPConn
	session *media.Session
	to      netip.AddrPort
	heard   chan string // the texts, "tone" for anything else

	mu    sync.Mutex
	stamp uint32
	all   []byte // the voice of the house
}

func newCaller(t testing.TB) *caller {
	t.Helper()
	host := netip.MustParseAddr("127.0.0.1")
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
	if err != nil {
		t.Fatal(err)
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	offer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n", port)
	s, err := media.Open(media.Options{Box: host, Address: host, Listen: host, Offer: []byte(offer)})
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, conn: conn, session: s, to: netip.AddrPortFrom(host, s.Addr().Port()), heard: make(chan string, 1000)}
	var done sync.WaitGroup
	done.Go(c.listen)
	t.Cleanup(func() {
		_ = s.Close()
		_ = conn.Close()
		done.Wait()
	})
	s.Start()
	return c
}

// listen tells what it hears: a run of one code is a text.
func (c *caller) listen() {
	of := map[byte]string{g711.EncodeAlawFrame(0): ""}
	for i, name := range names {
		of[g711.EncodeAlawFrame(level(i))] = name
	}
	run, last, said := 0, byte(0), ""
	buffer := make([]byte, 2048)
	for {
		n, err := c.conn.Read(buffer)
		if err != nil {
			return
		}
		var p rtp.Packet
		if p.Unmarshal(buffer[:n]) != nil {
			continue
		}
		c.mu.Lock()
		c.all = append(c.all, p.Payload...)
		c.mu.Unlock()
		for _, code := range p.Payload {
			if code != last {
				run, last = 0, code
			}
			name, known := of[code]
			if !known {
				name = "tone"
			}
			switch run++; {
			case name == "" && run == 100:
				said = ""
			case name == "" || name == said:
			case !known || run == textLength/2:
				said = name
				c.heard <- name
			}
		}
	}
}

// hears waits for the next texts.
func (c *caller) hears(want ...string) {
	c.t.Helper()
	for _, w := range want {
		select {
		case got := <-c.heard:
			if got != w {
				c.t.Fatalf("heard %s, want %s", got, w)
			}
		case <-time.After(limit):
			c.t.Fatalf("%s was not said", w)
		}
	}
}

// next waits for a text.
func (c *caller) next() string {
	c.t.Helper()
	select {
	case got := <-c.heard:
		return got
	case <-time.After(limit):
		c.t.Fatal("nothing is said")
	}
	return ""
}

// voice is all that the caller has heard.
func (c *caller) voice() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

func (c *caller) send(payload uint8, body []byte) {
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: payload, SSRC: 1, Timestamp: c.stamp}, Payload: body}
	raw, err := p.Marshal()
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.conn.WriteToUDPAddrPort(raw, c.to); err != nil {
		c.t.Fatal(err)
	}
}

// press presses a key, as a phone tells it: six packets, the last three of which say the end.
func (c *caller) press(key byte) {
	c.stamp += 1600
	for i := range 6 {
		flags := byte(10)
		if i >= 3 {
			flags |= 0x80
		}
		c.send(101, []byte{key - '0', flags, 0, 160})
	}
}

// speak speaks at a level for a while, in real time.
func (c *caller) speak(level int16, length time.Duration) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range int(length / (20 * time.Millisecond)) {
		<-tick.C
		c.stamp += 160
		c.send(8, bytes.Repeat([]byte{g711.EncodeAlawFrame(level)}, 160))
	}
}
