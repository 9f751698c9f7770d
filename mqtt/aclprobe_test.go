package mqtt

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// acl runs mosquitto with an access list for its user porter. Without a limit to its
// queue (0) version 2.0 does not only drop what is forbidden, it hangs up as well.
func acl(t *testing.T, queue string, lines ...string) (m *testkit.Mosquitto, change func(lines ...string)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "acl")
	write := func(lines []string) {
		if err := os.WriteFile(file, []byte("user porter\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(lines)
	m = testkit.NewMosquitto(t, "password_file "+passwords(t, "porter", "right"), "acl_file "+file, "max_queued_messages "+queue)
	return m, func(lines ...string) {
		write(lines)
		m.Signal(syscall.SIGHUP)
	}
}

// asPorter logs in to such a broker.
func asPorter(o *Options) { o.Username, o.Password = "porter", "right" }

// TestACLProbe: a broker that speaks MQTT 5 says whether its access list lets us
// publish.
func TestACLProbe(t *testing.T) {
	m, _ := acl(t, "1000", "topic write cp/#", "topic read other/#")
	own := newBroker(t, broker.Options{
		Users: map[string]string{"porter": "right"}, Rights: map[string]broker.Rights{"porter": broker.RightsCommands}, Base: "other",
	})
	for _, tc := range []struct {
		addr, topic string
		want        ackCode
	}{
		{m.Address, "cp/availability", ackAccepted}, {m.Address, "other/availability", ackRefused},
		{own.Addr().String(), "other/box/command/quiet", ackAccepted}, {own.Addr().String(), "other/availability", ackRefused},
	} {
		c := newClient(t, tc.addr, asPorter)
		if got := c.probeACL(t.Context(), c.addresses[0], tc.topic, offline); got != tc.want {
			t.Errorf("%s: %v, not %v", tc.topic, got, tc.want)
		}
	}
}

// TestDropsAndHangsUp: mosquitto without a limit to its queue hangs up on a client that
// publishes what it may not. It looks like another client with our id, so the hint names
// both. It is over when the broker gives the right.
func TestDropsAndHangsUp(t *testing.T) {
	m, change := acl(t, "0", "topic read #")
	c := newClient(t, m.Address, asPorter)
	c.Retain("cp/fritzbox/state", []byte("idle"))
	run(t, c.Run)
	eventually(t, "it is seen", func() bool { return c.Status().Reason == ReasonOtherClient })
	if s := c.Status(); !strings.Contains(s.Hint(call.English), "lets this user write") || !strings.Contains(s.Hint(call.German), "schreiben lässt") {
		t.Errorf("%q, %q", s.Hint(call.English), s.Hint(call.German))
	}
	change("topic readwrite #")
	received := make(chan string, 10)
	w := newClient(t, m.Address, asPorter, func(o *Options) {
		o.Availability, o.ClientID = "", "another"
		o.Subscriptions = []Subscription{{Filter: "cp/#", Handle: func(_ context.Context, m Message) { received <- fmt.Sprintf("%s %s", m.Topic, m.Payload) }}}
	})
	run(t, w.Run)
	seen := map[string]bool{}
	for !seen["cp/fritzbox/state idle"] || !seen["cp/availability online"] { // what was dropped meanwhile
		select {
		case line := <-received:
			seen[line] = true
		case <-time.After(patience):
			t.Fatalf("retained: %v", seen)
		}
	}
}

// TestACLProbeWithoutAnswer: a broker that is asked and hangs up, keeps silent or talks
// nonsense says nothing about rights.
func TestACLProbeWithoutAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"hangs up": "", "old": "\x20\x02\x00\x01", "refuses": "\x20\x03\x00\x84\x00", "nonsense": "SSH-2.0-dropbear\r\n",
		"endless": "\x20\xff\xff\xff\x7f", "other": "\x20\x03\x00\x00\x00\x90\x03\x00\x01\x87", "short": "\x20\x03\x00\x00\x00\x40\x01\x00",
		"unasked": "\x20\x03\x00\x00\x00\x40\x03\x00\x09\x87",
	} {
		l := testkit.Listen(t)
		testkit.Serve(l, func(conn net.Conn) {
			conn.Write([]byte(answer))
			conn.(*net.TCPConn).CloseWrite()
			conn.Read(make([]byte, 1<<16))
		})
		c := newClient(t, l.Addr().String())
		if got := c.probeACL(t.Context(), c.addresses[0], "cp/availability", offline); got != ackUnknown {
			t.Errorf("%s: %v", name, got)
		}
	}
}
