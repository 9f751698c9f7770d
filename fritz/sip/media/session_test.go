package media_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/zaf/g711"

	"github.com/callporter/callporter/fritz/sip/media"
)

const limit = 10 * time.Second

// box is the other end of a call: a socket of its own.
type box struct {
	t    testing.TB
	conn *net.UDPConn
	to   netip.AddrPort
	rtp.Header
}

// newBox listens at an address and offers its voice there.
func newBox(t testing.TB, at string) (*box, []byte) {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(at), 0)))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	b := &box{t: t, conn: conn, Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: 1, Timestamp: 1<<32 - 800}}
	family := "IP4"
	if strings.Contains(at, ":") {
		family = "IP6"
	}
	offer := strings.ReplaceAll(boxOffer, "IN IP4 127.0.0.1", "IN "+family+" "+at)
	return b, []byte(strings.ReplaceAll(offer, "7078", fmt.Sprint(b.port())))
}

func (b *box) port() uint16 { return b.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// send sends a packet to the session.
func (b *box) send(h rtp.Header, payload ...byte) {
	b.t.Helper()
	p := rtp.Packet{Header: h, Payload: payload}
	raw, err := p.Marshal()
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.conn.WriteToUDPAddrPort(raw, b.to); err != nil {
		b.t.Fatal(err)
	}
}

// key sends a packet of a pressed key.
func (b *box) key(event byte, end bool) {
	h := b.Header
	h.PayloadType = 101
	flags := byte(10)
	if end {
		flags |= 0x80
	}
	b.send(h, event, flags, 0, 160)
}

// next waits for the next packet.
func (b *box) next() rtp.Packet {
	b.t.Helper()
	buffer := make([]byte, 2048)
	if err := b.conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		b.t.Fatal(err)
	}
	n, _, err := b.conn.ReadFromUDPAddrPort(buffer)
	if err != nil {
		b.t.Fatal(err)
	}
	var p rtp.Packet
	if err := p.Unmarshal(buffer[:n]); err != nil {
		b.t.Fatal(err)
	}
	return p
}

// call is a session with a box.
func call(t testing.TB, at string) (*media.Session, *box) {
	t.Helper()
	b, offer := newBox(t, at)
	s := open(t, media.Options{Box: netip.MustParseAddr(at), Offer: offer})
	b.to = netip.AddrPortFrom(netip.MustParseAddr(at), s.Addr().Port())
	s.Start()
	return s, b
}

func TestPlay(t *testing.T) {
	for _, at := range []string{"127.0.0.1", "::1"} {
		t.Run(at, func(t *testing.T) {
			s, b := call(t, at)
			samples := make([]int16, 400) // two packets and a half
			for i := range samples {
				samples[i] = int16(1000 + 20*i)
			}
			played := make(chan error, 1)
			go func() { played <- s.Play(t.Context(), samples) }()
			first := b.next()
			if !first.Marker || first.PayloadType != 8 {
				t.Errorf("first packet: %v", first.Header)
			}
			var heard []int16
			packets := 1
			for p := first; ; p = b.next() {
				if len(p.Payload) != 160 || p.SSRC != first.SSRC || p.Timestamp-first.Timestamp != uint32(p.SequenceNumber-first.SequenceNumber)*160 {
					t.Fatalf("packet of %d bytes %v after %v", len(p.Payload), p.Header, first.Header)
				}
				silent := true
				for _, code := range p.Payload {
					if sample := g711.DecodeAlawFrame(code); sample > 500 {
						heard, silent = append(heard, sample), false
					}
				}
				if silent && len(heard) > 0 {
					break
				}
				packets++
			}
			if err := <-played; err != nil {
				t.Error(err)
			}
			if len(heard) != len(samples) {
				t.Fatalf("%d samples heard, %d played", len(heard), len(samples))
			}
			for i, sample := range heard {
				if diff := int(sample) - int(samples[i]); diff < -300 || diff > 300 {
					t.Fatalf("sample %d is %d, played as %d", i, sample, samples[i])
				}
			}
		})
	}
}

// Where the voice of the box comes from, ours goes to; nobody else is heard.
func TestSymmetric(t *testing.T) {
	s, b := call(t, "127.0.0.1")
	b.next()
	stranger, _ := newBox(t, "127.0.0.2")
	stranger.to = b.to
	stranger.key(5, true)
	if err := stranger.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, _, err := stranger.conn.ReadFromUDPAddrPort(make([]byte, 1)); err == nil {
		t.Errorf("a stranger got %d bytes", n)
	}
	other, _ := newBox(t, "127.0.0.1")
	other.to = b.to
	other.PayloadType = 72 // RTCP moves nothing
	other.send(other.Header, 0)
	other.PayloadType = 8
	other.send(other.Header, 0xD5)
	other.next()
	other.key(7, true)
	if key := <-s.Keys(); key != '7' {
		t.Errorf("key %q", key)
	}
}

func TestKeys(t *testing.T) {
	s, b := call(t, "127.0.0.1")
	for _, event := range []byte{1, 1, 10, 11, 16, 15, 0} {
		b.Timestamp += 1600
		for i := range 6 {
			b.key(event, i >= 3)
		}
	}
	b.Timestamp -= 1600 // one of the press before, late
	b.key(15, true)
	b.SSRC, b.Timestamp = 2, 7 // another sender
	b.key(9, false)
	var got []rune
	for len(got) < 7 {
		select {
		case key := <-s.Keys():
			got = append(got, key)
		case <-time.After(limit):
			t.Fatalf("keys %q", string(got))
		}
	}
	if string(got) != "11*#D09" {
		t.Errorf("keys %q", string(got))
	}
}

func TestRecord(t *testing.T) {
	s, b := call(t, "127.0.0.1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	recorded := make(chan []int16, 1)
	go func() {
		var all []int16
		err := s.Record(ctx, func(samples []int16) error { all = append(all, samples...); return nil })
		if err != nil {
			t.Error(err)
		}
		recorded <- all
	}()
	// Packets 2 and 3 come in the wrong order, 4 is lost, 5 comes twice, 6 is of one byte. Before
	// the recorder listens, packets are lost, so wait for the first.
	b.next()
	level := []int16{1000, 2000, 3000, 4000, 5000, 6000}
	packet := func(i int) {
		h := b.Header
		h.SequenceNumber += uint16(i)
		h.Timestamp += uint32(i) * 160
		b.send(h, slices.Repeat([]byte{g711.EncodeAlawFrame(level[i])}, 160)...)
	}
	for _, i := range []int{0, 2, 1, 4, 4, 5} {
		packet(i)
	}
	for range 30 { // 600 ms
		b.next()
	}
	cancel()
	var runs []string
	count, last := 0, int16(0)
	for _, sample := range <-recorded {
		if sample == last {
			count++
			continue
		}
		runs = append(runs, fmt.Sprintf("%d×%d", count, last))
		count, last = 1, sample
	}
	heard := func(i int) string {
		return fmt.Sprintf("160×%d", g711.DecodeAlawFrame(g711.EncodeAlawFrame(level[i])))
	}
	want := []string{heard(0), heard(1), heard(2), "160×0", heard(4), heard(5)}
	if len(runs) == 0 || !slices.Equal(runs[1:], want) {
		t.Errorf("recorded %v, want silence and %v", runs, want)
	}
}

// A recording that cannot be written ends.
func TestRecordFails(t *testing.T) {
	s, _ := call(t, "127.0.0.1")
	full := errors.New("no space")
	if err := s.Record(t.Context(), func([]int16) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestHold(t *testing.T) {
	s, b := call(t, "127.0.0.1")
	b.next()
	_, offer := newBox(t, "127.0.0.1") // where nothing is read
	if _, err := s.Offered([]byte(strings.ReplaceAll(string(offer), "sendrecv", "inactive"))); err != nil {
		t.Fatal(err)
	}
	// The clip has its time also while nobody hears it.
	if err := s.Play(t.Context(), make([]int16, 800)); err != nil {
		t.Error(err)
	}
	b2, offer := newBox(t, "127.0.0.1")
	if _, err := s.Offered(offer); err != nil {
		t.Fatal(err)
	}
	b2.next()
}

func TestEndOfCall(t *testing.T) {
	s, b := call(t, "127.0.0.1")
	ctx, cancel := context.WithCancel(t.Context())
	played := make(chan error, 2)
	long := make([]int16, 60*media.Rate)
	go func() { played <- s.Play(ctx, long) }()
	b.next()
	cancel()
	if err := <-played; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	go func() { played <- s.Play(t.Context(), long) }()
	go func() { played <- s.Play(t.Context(), long) }()
	go func() { played <- s.Record(t.Context(), func([]int16) error { return nil }) }()
	b.next()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-s.Closed()
	got := []error{<-played, <-played, <-played}
	if n := len(slices.DeleteFunc(got, func(err error) bool { return !errors.Is(err, media.ErrClosed) })); n != 2 {
		t.Errorf("%d of two clips have ended with the call", n)
	}
	if err := s.Play(t.Context(), long); !errors.Is(err, media.ErrClosed) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestPorts(t *testing.T) {
	ports := media.Ports{From: 31201, To: 31205}
	got := map[uint16]bool{}
	for range 2 {
		s, err := media.Open(media.Options{Box: loopback, Address: loopback, Listen: loopback, Ports: ports})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		got[s.Addr().Port()] = true
	}
	if !got[31202] || !got[31204] {
		t.Errorf("ports %v", got)
	}
	for _, full := range []media.Ports{ports, {From: 31201, To: 31201}, {From: 9, To: 3}} {
		if s, err := media.Open(media.Options{Box: loopback, Address: loopback, Listen: loopback, Ports: full}); err == nil {
			_ = s.Close()
			t.Errorf("a port of %v, where none is free", full)
		}
	}
}
