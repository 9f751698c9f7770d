package sip

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	packetTime  = 20 * time.Millisecond
	packetSize  = 160                 // samples of 8 kHz in packetTime
	maxHeard    = 60 * 8000           // samples of an announcement that are kept
	keyPackets  = 5                   // of a key press, before its end
	eventType   = 101                 // payload type of telephone-event in the offer
	maxRTP      = 1500                // bytes of a packet
	keysAtATime = 32                  // keys that wait to be sent
	offered     = "9 8 0 120 121 101" // payload types of the usual offer
)

// Heard is what the box's side of an answered call has heard: RTP of the phone.
type Heard struct {
	Packets int
	Lost    int           // by the gaps in the sequence numbers
	MaxGap  time.Duration // the longest time between two packets; 20 ms is right
	Codec   string        // PCMA or PCMU; "" = nothing came
	Audio   []byte        // G.711, the first 60 s
	Strange int           // packets of another payload type or version
}

// audio is the box's side of the RTP of a call at an IP phone.
type audio struct {
	conn *net.UDPConn
	keys chan byte
	done chan struct{}
	once sync.Once

	mu       sync.Mutex
	heard    Heard
	sequence uint16
	last     time.Time
	sent     int
	codec    byte
	began    bool
}

// offer opens the port of the box's audio and writes the SDP into an INVITE. r.mu is held.
func (l *leg) offer(m *message, host string) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		l.r.opt.Log.Warn("no port for audio", "error", err)
		return
	}
	l.audio = &audio{conn: conn, keys: make(chan byte, keysAtATime), done: make(chan struct{})}
	l.r.work.Go(l.audio.listen)
	types, more, port := offered, "a=rtpmap:120 PCMA/16000\r\na=rtpmap:121 PCMU/16000\r\n", conn.LocalAddr().(*net.UDPAddr).Port
	switch l.r.set.Offer {
	case "none":
		return
	case "wideband":
		types = "9 120 121 101"
	case "muted":
		port = 0
	}
	family := "IP4"
	if net.ParseIP(host).To4() == nil {
		family = "IP6"
	}
	m.body = fmt.Sprintf("v=0\r\no=user 8030809 8030809 IN %s %s\r\ns=call\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n%s"+
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n", family, host, family, host, port, types, more)
}

// talk begins the audio of an answered call by the SDP of its 200. r.mu is held.
func (l *leg) talk(m *message) {
	if l.audio == nil || m.body == "" || l.r.set.Offer == "none" {
		return // a 200 without SDP is accepted
	}
	host, port, types, err := readSDP(m.body)
	if err != nil {
		l.r.note("the SDP of the 200: %v", err)
		return
	}
	if m.get("Content-Type") != "application/sdp" {
		l.r.note("the SDP of the 200 has the Content-Type %q", m.get("Content-Type"))
	}
	_, rest, _ := strings.Cut(l.invite.body, "RTP/AVP ")
	mine, _, _ := strings.Cut(rest, "\r\n")
	codec := byte(0xff)
	for _, t := range types {
		if !slices.Contains(strings.Fields(mine), t) && port != 0 {
			l.r.note("the SDP of the 200 has the payload type %s, which was not offered", t)
		}
		if codec == 0xff && (t == "8" || t == "0") {
			codec = t[0] - '0'
		}
	}
	if port == 0 || codec == 0xff {
		return
	}
	l.audio.begin(l.r, &net.UDPAddr{IP: net.ParseIP(host), Port: port}, codec, l.r.set.Tone)
}

// readSDP takes what matters from an SDP: where the audio goes, and its payload types.
func readSDP(body string) (host string, port int, types []string, err error) {
	media := 0
	for line := range strings.Lines(body) {
		if !strings.HasSuffix(line, "\r\n") {
			return "", 0, nil, fmt.Errorf("line %.40q does not end with CRLF", line)
		}
		line = strings.TrimSuffix(line, "\r\n")
		switch words := strings.Fields(line); {
		case strings.HasPrefix(line, "c=") && len(words) == 3:
			host = words[2]
		case strings.HasPrefix(line, "m=audio ") && len(words) > 3:
			media++
			if port, err = strconv.Atoi(words[1]); err != nil || port < 0 || port > 65535 {
				return "", 0, nil, fmt.Errorf("port %.20q", words[1])
			}
			types = words[3:]
		case strings.HasPrefix(line, "m="):
			media++
		}
	}
	if media != 1 || len(types) == 0 || net.ParseIP(host) == nil {
		return "", 0, nil, fmt.Errorf("%d media lines, address %.40q", media, host)
	}
	return host, port, types, nil
}

// begin sends silence or a tone to the phone until the call ends.
func (a *audio) begin(r *Registrar, to *net.UDPAddr, codec byte, tone bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.began {
		return
	}
	a.began, a.codec = true, codec
	r.work.Go(func() { a.speak(to, samples(codec, tone), codec) })
}

func (a *audio) speak(to *net.UDPAddr, sound []byte, codec byte) {
	tick := time.NewTicker(packetTime)
	defer tick.Stop()
	packet := make([]byte, 12, 12+packetSize)
	packet[0] = 0x80
	copy(packet[8:12], "call")
	var sequence uint16
	var stamp uint32
	send := func(kind byte, at uint32, payload ...byte) {
		packet[1] = kind
		binary.BigEndian.PutUint16(packet[2:], sequence)
		binary.BigEndian.PutUint32(packet[4:], at)
		sequence++
		a.mu.Lock()
		a.sent++
		a.mu.Unlock()
		_, _ = a.conn.WriteToUDP(append(packet, payload...), to) // RTP may be lost
	}
	for {
		select {
		case <-a.done:
			return
		case key := <-a.keys:
			began, mark := stamp, byte(0x80)
			for i := range keyPackets + 3 { // the end is sent three times (RFC 4733, 2.5.1.4)
				n, end := min(i+1, keyPackets)*packetSize, byte(10) // volume -10 dBm0
				if i >= keyPackets {
					end |= 0x80
				}
				send(eventType|mark, began, key, end, byte(n>>8), byte(n))
				mark = 0
				if i < keyPackets {
					select {
					case <-tick.C:
					case <-a.done:
						return
					}
					stamp += packetSize
				}
			}
		case <-tick.C:
			at := int(stamp) % len(sound)
			send(codec, stamp, sound[at:at+packetSize]...)
			stamp += packetSize
		}
	}
}

// listen counts and keeps what the phone sends.
func (a *audio) listen() {
	buf := make([]byte, maxRTP)
	for {
		n, err := a.conn.Read(buf)
		if err != nil {
			select {
			case <-a.done:
				return
			default:
				continue
			}
		}
		a.hear(buf[:n], time.Now())
	}
}

func (a *audio) hear(p []byte, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(p) < 12 || p[0] != 0x80 || !a.began || p[1]&0x7f != a.codec {
		a.heard.Strange++
		return
	}
	h, sequence := &a.heard, binary.BigEndian.Uint16(p[2:])
	if h.Packets > 0 {
		h.Lost += max(0, int(int16(sequence-a.sequence))-1)
		h.MaxGap = max(h.MaxGap, now.Sub(a.last))
	}
	h.Packets, a.sequence, a.last = h.Packets+1, sequence, now
	h.Codec = map[byte]string{8: "PCMA", 0: "PCMU"}[a.codec]
	if len(h.Audio) < maxHeard {
		h.Audio = append(h.Audio, p[12:]...)
	}
}

func (a *audio) close() {
	if a != nil {
		a.once.Do(func() { close(a.done); a.conn.Close() })
	}
}

// stat is the value of X-RTP-Stat: packets sent, received and lost.
func (a *audio) stat() string {
	if a == nil {
		return "CS=0;PS=0;PR=0;PL=0"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf("CS=0;PS=%d;PR=%d;PL=%d", a.sent, a.heard.Packets, a.heard.Lost)
}

// Heard returns what the box has heard of the phone that has answered, also after the end.
func (c *Call) Heard() Heard {
	if c == nil {
		return Heard{}
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	for _, l := range c.legs {
		if l.ack != nil && l.audio != nil {
			l.audio.mu.Lock()
			defer l.audio.mu.Unlock()
			h := l.audio.heard
			h.Audio = slices.Clone(h.Audio)
			return h
		}
	}
	return Heard{}
}

// Press lets the caller press keys, as telephone-event (RFC 4733): 0 to 9, *, #, A to D.
func (c *Call) Press(keys string) error {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	l := c.upLeg()
	if l == nil || l.audio == nil {
		return fmt.Errorf("press %s: no IP phone has answered the call", keys)
	}
	for _, k := range keys {
		at := strings.IndexRune("0123456789*#ABCD", k)
		if at < 0 {
			return fmt.Errorf("press %s: %c is no key", keys, k)
		}
		select {
		case l.audio.keys <- byte(at):
		default:
			return fmt.Errorf("press %s: too many keys wait", keys)
		}
	}
	return nil
}
