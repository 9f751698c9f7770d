package media_test

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/sip/media"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// boxOffer is what a box offers: as in captures, with another address.
const boxOffer = "v=0\r\no=user 8030809 8030809 IN IP4 127.0.0.1\r\ns=call\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 7078 RTP/AVP 9 8 0 120 121 101\r\na=rtpmap:120 PCMA/16000\r\na=rtpmap:121 PCMU/16000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"

// head is a description without media.
const head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"

func open(t testing.TB, o media.Options) *media.Session {
	t.Helper()
	if !o.Box.IsValid() {
		o.Box = loopback
	}
	if !o.Address.IsValid() {
		o.Address = o.Box
	}
	o.Listen = o.Box
	s, err := media.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// media of a description: all lines from the first m-line on, without the port.
func mediaOf(t testing.TB, s *media.Session, sdp []byte) string {
	t.Helper()
	_, after, found := strings.Cut(string(sdp), "\r\nm=")
	if !found {
		t.Fatalf("no media in %q", sdp)
	}
	return strings.ReplaceAll("m="+after, "audio "+strconv.Itoa(int(s.Addr().Port()))+" ", "audio PORT ")
}

func TestAnswer(t *testing.T) {
	const voice = "a=rtpmap:8 PCMA/8000\r\n"
	const events = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
	const end = "a=ptime:20\r\na=sendrecv\r\n"
	for _, test := range []struct{ name, offer, want string }{
		{"a box", boxOffer, "m=audio PORT RTP/AVP 8 101\r\n" + voice + events + end},
		{"no events", head + "m=audio 9000 RTP/AVP 8\r\n", "m=audio PORT RTP/AVP 8\r\n" + voice + end},
		{"µ-law first", head + "m=audio 9000 RTP/AVP 0 8\r\n", "m=audio PORT RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n" + end},
		{"other payload types", head + "m=audio 9000 RTP/AVP 96 97\r\na=rtpmap:96 pcma/8000/1\r\na=rtpmap:97 telephone-event/8000\r\n",
			"m=audio PORT RTP/AVP 96 97\r\na=rtpmap:96 PCMA/8000\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n" + end},
		{"a static payload type with another meaning", head + "m=audio 9000 RTP/AVP 8 0\r\na=rtpmap:8 opus/48000/2\r\n",
			"m=audio PORT RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n" + end},
		{"G.722 alone", head + "m=audio 9000 RTP/AVP 9\r\n", "m=audio 0 RTP/AVP 9\r\n"},
		{"16 kHz alone", head + "m=audio 9000 RTP/AVP 120\r\na=rtpmap:120 PCMA/16000\r\n", "m=audio 0 RTP/AVP 120\r\n"},
		{"encrypted alone", head + "m=audio 9000 RTP/SAVP 8\r\n", "m=audio 0 RTP/SAVP 8\r\n"},
		{"refused by the box", head + "m=audio 0 RTP/AVP 8\r\n", "m=audio 0 RTP/AVP 8\r\n"},
		{"with feedback", head + "m=audio 9000 RTP/AVPF 8\r\n", "m=audio PORT RTP/AVPF 8\r\n" + voice + end},
		{"video first", head + "m=video 9002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 9000 RTP/AVP 8\r\nm=audio 9004 RTP/AVP 8\r\n",
			"m=video 0 RTP/AVP 96\r\nm=audio PORT RTP/AVP 8\r\n" + voice + end + "m=audio 0 RTP/AVP 8\r\n"},
		{"fax", head + "m=image 9000 udptl t38\r\n", "m=image 0 udptl t38\r\n"},
		{"hold", head + "m=audio 9000 RTP/AVP 8\r\na=sendonly\r\n", "m=audio PORT RTP/AVP 8\r\n" + voice + "a=ptime:20\r\na=recvonly\r\n"},
		{"the box listens only", head + "m=audio 9000 RTP/AVP 8\r\na=recvonly\r\n", "m=audio PORT RTP/AVP 8\r\n" + voice + "a=ptime:20\r\na=sendonly\r\n"},
		{"inactive for all", head + "a=inactive\r\nm=audio 9000 RTP/AVP 8\r\n", "m=audio PORT RTP/AVP 8\r\n" + voice + "a=ptime:20\r\na=inactive\r\n"},
		{"inactive for all but the voice", head + "a=inactive\r\nm=audio 9000 RTP/AVP 8\r\na=sendrecv\r\n", "m=audio PORT RTP/AVP 8\r\n" + voice + end},
		{"old hold", strings.ReplaceAll(head, "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0") + "m=audio 9000 RTP/AVP 8\r\n",
			"m=audio PORT RTP/AVP 8\r\n" + voice + "a=ptime:20\r\na=recvonly\r\n"},
		{"a host name", strings.ReplaceAll(head, "c=IN IP4 127.0.0.1", "c=IN IP4 fritz.box") + "m=audio 9000 RTP/AVP 8\r\n",
			"m=audio PORT RTP/AVP 8\r\n" + voice + end},
		{"no offer", "", "m=audio PORT RTP/AVP 8 0 101\r\n" + voice + "a=rtpmap:0 PCMU/8000\r\n" + events + end},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, media.Options{Offer: []byte(test.offer)})
			if got := mediaOf(t, s, s.SDP()); got != test.want {
				t.Errorf("answer:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestAnswerNamesOurAddress(t *testing.T) {
	for _, test := range []struct{ address, want string }{
		{"192.0.2.7", "IN IP4 192.0.2.7\r\n"},
		{"::ffff:192.0.2.7", "IN IP4 192.0.2.7\r\n"},
		{"2001:db8::7", "IN IP6 2001:db8::7\r\n"},
		{"fe80::7%eth0", "IN IP6 fe80::7\r\n"},
	} {
		s := open(t, media.Options{Address: netip.MustParseAddr(test.address), Offer: []byte(boxOffer)})
		sdp := string(s.SDP())
		if !strings.Contains(sdp, "\r\nc="+test.want) || !strings.Contains(sdp, " 1 "+test.want+"s=") {
			t.Errorf("with the address %s: %q", test.address, sdp)
		}
	}
}

func TestUnreadableOffer(t *testing.T) {
	for name, offer := range map[string]string{
		"text":           "hello",
		"no media":       head,
		"too long":       boxOffer + strings.Repeat("a=x\r\n", 2000),
		"too many lines": head + strings.Repeat("m=audio 9000 RTP/AVP 8\r\n", 9),
		"a bad port":     head + "m=audio x RTP/AVP 8\r\n",
	} {
		s, err := media.Open(media.Options{Box: loopback, Address: loopback, Offer: []byte(offer)})
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "hello") {
			t.Errorf("%s: the error repeats the offer: %v", name, err)
		}
	}
}

func TestOfferedAgain(t *testing.T) {
	s := open(t, media.Options{Offer: []byte(boxOffer)})
	first := string(s.SDP())
	same, err := s.Offered([]byte(boxOffer))
	if err != nil || string(same) != first {
		t.Errorf("the same offer again: %q, %v; want %q", same, err, first)
	}
	hold, err := s.Offered([]byte(strings.ReplaceAll(boxOffer, "sendrecv", "sendonly")))
	if err != nil || !strings.Contains(string(hold), "a=recvonly") || !strings.Contains(string(hold), " 2 IN IP4") {
		t.Errorf("hold: %q, %v", hold, err)
	}
	if _, err := s.Offered([]byte("hello")); err == nil {
		t.Error("no error from an unreadable offer")
	}
	if again := string(s.SDP()); again != string(hold) {
		t.Errorf("an unreadable offer has changed the answer: %q", again)
	}
}

func TestAnswerToOurOffer(t *testing.T) {
	s := open(t, media.Options{})
	if err := s.Play(t.Context(), make([]int16, 160)); err != media.ErrNoVoice {
		t.Errorf("played without an answer: %v", err)
	}
	if err := s.Answered([]byte(head + "m=audio 9000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n")); err != nil {
		t.Fatal(err)
	}
	want := "m=audio PORT RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
	if got := mediaOf(t, s, s.SDP()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := s.Answered(nil); err == nil {
		t.Error("an empty answer was taken")
	}
}

func FuzzOffer(f *testing.F) {
	f.Add([]byte(boxOffer))
	f.Add([]byte(head + "m=video 9002 RTP/AVP 96\r\nm=audio 9000/2 RTP/AVP 8\r\nc=IN IP6 ::1\r\na=inactive\r\n"))
	s := open(f, media.Options{Offer: []byte(boxOffer)})
	f.Fuzz(func(t *testing.T, offer []byte) {
		answer, err := s.Offered(offer)
		if err != nil {
			return
		}
		lines := func(sdp []byte) int { return strings.Count("\n"+strings.ReplaceAll(string(sdp), "\r", "\n"), "\nm=") }
		if got, want := lines(answer), lines(offer); got != want {
			t.Errorf("%d lines answer %d: %q", got, want, answer)
		}
		// Our answer is itself a description that can be read.
		if _, err := s.Offered(answer); err != nil {
			t.Errorf("answer %q: %v", answer, err)
		}
	})
}
