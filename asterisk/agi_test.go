package asterisk_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/asterisk"
	"github.com/callporter/callporter/asterisk/asterisktest"
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

const patience = 10 * time.Second

// serve runs a server and returns its address.
func serve(t *testing.T, o asterisk.Options) string {
	t.Helper()
	if o.Listener == nil {
		o.Listener = testkit.Listen(t)
	}
	if o.Answer == nil {
		o.Answer = func(asterisk.Request) bool { t.Error("answer is asked"); return false }
	}
	if o.End == nil {
		o.End = func(asterisk.Request) bool { t.Error("end is asked"); return false }
	}
	server := asterisk.New(o)
	testkit.Background(patience)(t, server.Run)
	return server.Addr().String()
}

func spam(context.Context, asterisk.Request) (asterisk.Answer, error) {
	return asterisk.Answer{
		Verdict: call.Verdict{
			Judgement: call.Spam, Score: 91, Reason: `the "worst" \ caller` + "\nEXEC System rm\r\x00\x1b[31m",
			Evidence: []call.Evidence{{Source: "tellows", Weight: 85, Detail: "17 rate it 9 (“Aggressive Werbung”)"}},
		},
		Name:   "Müller & Söhne",
		Number: call.Number{Raw: "03023125900", E164: "+493023125900", Place: "Berlin", Country: "DE"},
	}, nil
}

func TestScreen(t *testing.T) {
	t.Parallel()
	var got asterisk.Request
	address := serve(t, asterisk.Options{Screen: func(ctx context.Context, r asterisk.Request) (asterisk.Answer, error) {
		got = r
		return spam(ctx, r)
	}})
	c := asterisktest.Dial(t, address, asterisktest.Environment("screen", "0800234567", "03023125900"))
	c.Run()
	for name, want := range map[string]string{
		"TLW_REQUEST": "ok", "TLW_SCORE": "9", "TLW_CALLERTYPE": "Aggr. Werbung", "TLW_LOCATION": "Berlin", "TLW_COUNTRY": "DE",
		"TLW_NUM_CHECKED": "+493023125900", "TLW_NUMBERS_GIVEN": "0800234567,03023125900",
		"CALLPORTER_VERDICT": "spam", "CALLPORTER_SCORE100": "91", "CALLPORTER_CALLERTYPE": "advertising", "CALLPORTER_NAME": "Müller & Söhne",
		"CALLPORTER_REASON": `the "worst" \ callerEXEC System rm[31m`,
	} {
		if c.Variables[name] != want {
			t.Errorf("%s is %q, not %q", name, c.Variables[name], want)
		}
	}
	if len(c.Variables) != 12 || c.Commands != 13 {
		t.Errorf("%d variables by %d commands", len(c.Variables), c.Commands)
	}
	if got.Caller != "0800234567" || got.Network != "03023125900" || got.Called != "23125732" || got.Channel != asterisktest.UniqueID || got.Open() {
		t.Errorf("%+v", got)
	}
}

// TestScreenFails: whatever goes wrong, the phone rings.
func TestScreenFails(t *testing.T) {
	t.Parallel()
	address := serve(t, asterisk.Options{Limit: 600 * time.Millisecond, Screen: func(ctx context.Context, r asterisk.Request) (asterisk.Answer, error) {
		if r.Caller == "03023125123" {
			answer, _ := spam(ctx, r)
			return answer, errors.New("of no account")
		}
		<-ctx.Done()
		return asterisk.Answer{}, ctx.Err()
	}})
	for _, caller := range []string{"03023125123", "unknown"} {
		c := asterisktest.Dial(t, address, asterisktest.Environment("screen", caller))
		began := time.Now()
		c.Run()
		if took := time.Since(began); took > patience/2 {
			t.Errorf("that took %v", took)
		}
		if c.Variables["TLW_REQUEST"] != "failed" || c.Variables["TLW_SCORE"] != "5" || c.Variables["CALLPORTER_VERDICT"] != "unknown" ||
			c.Variables["CALLPORTER_SCORE100"] != "0" || c.Variables["CALLPORTER_NAME"] != "" || c.Variables["CALLPORTER_REASON"] != "" {
			t.Errorf("%q: %v", caller, c.Variables)
		}
	}
}

// TestRefusedCommands: the answers of Asterisk that refuse a command end the session; until then
// the dial plan takes the request for failed.
func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	address := serve(t, asterisk.Options{Screen: spam})
	for name, answer := range map[string]string{
		"510":         "510 Invalid or unknown command\n",
		"511":         "511 Command Not Permitted on a dead channel or intercept routine\n",
		"520":         "520-Invalid command syntax.  Proper usage follows:\n Usage: SET VARIABLE\n520 End of proper usage.\n",
		"no answer":   "hello\n",
		"endless":     "520-Invalid command syntax.\n" + strings.Repeat("x\n", 1000),
		"a long line": strings.Repeat("2", 10_000) + "\n",
	} {
		c := asterisktest.Dial(t, address, asterisktest.Environment("screen", "03023125123"))
		c.Answer = func(command string) string {
			if strings.Contains(command, "TLW_LOCATION") {
				return answer
			}
			return ""
		}
		c.Run()
		if c.Variables["TLW_REQUEST"] != "failed" || c.Variables["TLW_SCORE"] != "9" || c.Commands != 4 {
			t.Errorf("%s: %v after %d commands", name, c.Variables, c.Commands)
		}
	}
	c := asterisktest.Dial(t, address, asterisktest.Environment("screen", "03023125123"))
	c.Answer = func(command string) string {
		if c.Commands == 5 {
			return "HANGUP\n" + c.CarryOut(strings.TrimSuffix(command, "\n"))
		}
		return ""
	}
	c.Run()
	if c.Variables["TLW_REQUEST"] != "ok" || len(c.Variables) != 12 {
		t.Errorf("after a hang-up: %v", c.Variables)
	}
}

func TestAnswerAndEnd(t *testing.T) {
	t.Parallel()
	requests := make(chan asterisk.Request, 1)
	note := func(r asterisk.Request) bool { requests <- r; return r.Argument(0) != "LATE" }
	address := serve(t, asterisk.Options{Answer: note, End: note})
	for _, c := range []struct {
		script    string
		arguments []string
		outcome   call.Outcome
		talk      time.Duration
		said      string
	}{
		{"answer", []string{"1767225600.6"}, call.Lost, 0, "noted"},
		{"end", []string{"ANSWER", "17"}, call.Answered, 17 * time.Second, "noted"},
		{"/end", []string{"NOANSWER"}, call.Missed, 0, "noted"},
		{"end?x=y", []string{"CHANUNAVAIL", "-3"}, call.Missed, 0, "noted"},
		{"end", []string{"rejected", "1e9"}, call.Rejected, 0, "noted"},
		{"end", []string{"VOICEMAIL", "99999999999"}, call.AnsweringMachine, 0, "noted"},
		{"end", nil, call.Lost, 0, "noted"},
		{"end", []string{"LATE"}, call.Lost, 0, "no such call is open"},
	} {
		a := asterisktest.Dial(t, address, asterisktest.Environment(c.script, "03023125123", c.arguments...))
		a.Run()
		r := <-requests
		if r.Outcome() != c.outcome || r.Talk() != c.talk || r.Channel != asterisktest.UniqueID {
			t.Errorf("%s %v: %v after %v", c.script, c.arguments, r.Outcome(), r.Talk())
		}
		if len(a.Said) != 1 || !strings.Contains(a.Said[0], c.said) || len(a.Variables) != 0 {
			t.Errorf("%s %v: %q", c.script, c.arguments, a.Said)
		}
	}
	c := asterisktest.Dial(t, address, asterisktest.Environment("sing", "03023125123"))
	c.Run()
	if len(c.Said) != 1 || !strings.Contains(c.Said[0], "no such script") || strings.Contains(c.Said[0], "sing") {
		t.Errorf("%q", c.Said)
	}
}

// TestHostile: who sends no environment, or too much, or nothing at all, is hung up on, and does
// not keep others from being answered.
func TestHostile(t *testing.T) {
	t.Parallel()
	log := new(testkit.Log)
	address := serve(t, asterisk.Options{Screen: spam, Limit: 2 * time.Second, Log: log.Logger(-4)})
	for name, text := range map[string]string{
		"HTTP":             "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"nothing":          "\n",
		"no script":        "agi_network: yes\n\n",
		"a long line":      "agi_network_script: " + strings.Repeat("x", 5000) + "\n\n",
		"many lines":       "agi_network_script: screen\n" + strings.Repeat("agi_x: y\n", 500) + "\n",
		"no line end":      "agi_network_script: screen",
		"stays silent":     "",
		"bytes":            "\x00\xff\xfe\x80\n\n",
		"another language": "agi_network_script: screen\n03023125123: secret\n\n",
	} {
		conn := testkit.Dial(t, "tcp", address, patience)
		_, _ = conn.Write([]byte(text))
		if n, err := conn.Read(make([]byte, 1)); n != 0 || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		conn.Close()
	}
	c := asterisktest.Dial(t, address, asterisktest.Environment("screen", "03023125123"))
	c.Run()
	if c.Variables["TLW_REQUEST"] != "ok" {
		t.Errorf("%v", c.Variables)
	}
	if strings.Contains(log.String(), "23125123") || strings.Contains(log.String(), "secret") {
		t.Errorf("the log tells:\n%s", log)
	}
}

// TestCrowd: more connections than are served are closed, and their slots come back.
func TestCrowd(t *testing.T) {
	t.Parallel()
	address := serve(t, asterisk.Options{Screen: spam, Limit: patience})
	var silent []net.Conn
	for range 64 {
		silent = append(silent, testkit.Dial(t, "tcp", address, patience))
	}
	testkit.Eventually(patience, 5*time.Millisecond)(t, "one too many is closed", func() bool {
		conn := testkit.Dial(t, "tcp", address, patience)
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		_, err := conn.Read(make([]byte, 1))
		timeout, is := errors.AsType[net.Error](err)
		return err != nil && (!is || !timeout.Timeout())
	})
	for _, conn := range silent {
		conn.Close()
	}
	testkit.Eventually(patience, 5*time.Millisecond)(t, "an Asterisk is answered again", func() bool {
		c := asterisktest.Dial(t, address, asterisktest.Environment("screen", "03023125123"))
		c.Run()
		return c.Variables["TLW_REQUEST"] == "ok"
	})
}

// stranger makes connections of a listener come from another address.
type stranger struct {
	net.Listener
	from net.Addr
}

type strangerConn struct {
	net.Conn
	from net.Addr
}

func (l stranger) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return strangerConn{conn, l.from}, nil
}

func (c strangerConn) RemoteAddr() net.Addr { return c.from }

func TestAccess(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"127.0.0.1": "ok", "127.8.9.10": "ok", "::1": "ok", "::ffff:127.0.0.1": "ok",
		"192.168.178.20": "ok", "10.1.200.3": "ok", "::ffff:10.1.0.1": "ok", "2001:db8::7": "ok",
		"192.168.178.21": "", "10.2.0.1": "", "2001:db9::1": "", "8.8.8.8": "", "fe80::1": "",
	} {
		log := new(testkit.Log)
		address := serve(t, asterisk.Options{
			Listener: stranger{testkit.Listen(t), &net.TCPAddr{IP: net.ParseIP(from), Port: 40000}}, Screen: spam, Log: log.Logger(0),
			Allow: []netip.Prefix{netip.MustParsePrefix("192.168.178.20/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/32")},
		})
		c := asterisktest.Dial(t, address, asterisktest.Environment("screen", "03023125123"))
		c.Run()
		if c.Variables["TLW_REQUEST"] != want {
			t.Errorf("from %s: %v", from, c.Variables)
		}
		if want == "" && log.Lines("asterisk.allow") != 1 {
			t.Errorf("from %s the log says\n%s", from, log)
		}
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		j     call.Judgement
		score int
		want  int
	}{
		{call.Allowed, 0, 1}, {call.Allowed, 90, 1}, {call.JudgementUnknown, 0, 5}, {call.JudgementUnknown, 44, 5},
		{call.Suspicious, 45, 6}, {call.Suspicious, 60, 7}, {call.Suspicious, 99, 7}, {call.Spam, 1, 8}, {call.Spam, 75, 8}, {call.Spam, 90, 9}, {call.Spam, 100, 9},
	} {
		if got := asterisk.Score(call.Verdict{Judgement: c.j, Score: c.score}); got != c.want {
			t.Errorf("%v %d is %d, not %d", c.j, c.score, got, c.want)
		}
	}
}
