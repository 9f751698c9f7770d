package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callporter/callporter/internal/testkit"
)

// Neither a packet that is sent nor one that is received needs memory.
func TestPacketsTakeNoMemory(t *testing.T) {
	if testkit.Racing > 1 {
		t.Skip("the race detector allocates")
	}
	offer := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
	host := netip.MustParseAddr("127.0.0.1")
	s, err := Open(Options{Box: host, Address: host, Listen: host, Offer: []byte(offer)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	header, buffer := rtp.Header{Version: 2}, make([]byte, 12+frame)
	s.clip = &clip{rest: make([]int16, 1000*frame), done: make(chan struct{})}
	if n := testing.AllocsPerRun(100, func() { s.sendPacket(&header, buffer) }); n != 0 {
		t.Errorf("%v allocations per packet sent", n)
	}
	s.recorder = &recorder{start: time.Now()}
	var packet rtp.Packet
	from := netip.AddrPortFrom(host, 9)
	if n := testing.AllocsPerRun(100, func() {
		if s.known(from.Addr()) && packet.Unmarshal(buffer) == nil {
			s.take(from, &packet, time.Now())
		}
	}); n != 0 {
		t.Errorf("%v allocations per packet received", n)
	}
}

// A sender whose clock jumps is followed after a few packets, and one packet at an unlikely
// time is dropped.
func TestRecorderFollowsTheSender(t *testing.T) {
	start := time.Now()
	r := recorder{start: start}
	loud := make([]byte, frame)
	for i := range loud {
		loud[i] = pcma.encode(8000)
	}
	put := func(i int, stamp uint32) { r.put(start.Add(time.Duration(i)*packetTime), stamp, loud, pcma) }
	for i := range 10 {
		put(i, uint32(i)*frame)
	}
	put(10, 1<<30)
	for i := 10; i < 20; i++ {
		put(i, uint32(i)*frame)
	}
	for i := 20; i < 40; i++ {
		put(i, 1<<31+uint32(i)*frame)
	}
	samples := r.take(start.Add(time.Second), make([]int16, 0, window))
	silent := 0
	for _, sample := range samples[:40*frame] {
		if sample == 0 {
			silent++
		}
	}
	if want := (maxStray - 1) * frame; len(samples) != Rate || silent != want {
		t.Errorf("%d samples, %d of them silent; want %d and %d", len(samples), silent, Rate, want)
	}
}
