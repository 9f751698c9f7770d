package broker

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

const secret = "90009444"

func holdsSecret(text string) bool { return strings.Contains(text, secret) }

// inFile reports whether a file has a text, in clear or as base64, wherever it begins
// there.
func inFile(t *testing.T, file, text string) bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for shift := range 3 {
		coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + text))
		if bytes.Contains(b, []byte(coded[(shift*4+2)/3+1:len(coded)-2])) {
			return true
		}
	}
	return bytes.Contains(b, []byte(text))
}

// purge has a running broker forget the number.
func (s *fileBroker) purge() Purged {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	done, err := s.Purge(ctx, holdsSecret)
	if err != nil {
		s.t.Fatal(err)
	}
	return done
}

// TestPurge: what is retained and what waits is gone at once, also from the file, and
// so is what was delivered long ago. All else is as before, whatever was under way.
func TestPurge(t *testing.T) {
	for _, v := range []byte{4, 5} {
		t.Run(fmt.Sprint(v), func(t *testing.T) {
			b := newFileBroker(t)
			p := login(t, b.Broker, v, "publisher", true)
			done := login(t, b.Broker, v, "done", false)
			done.subscribe("live/#", 1)
			away := login(t, b.Broker, v, "away", false)
			away.subscribe("live/#", 1)
			away.disconnect(0)
			half := login(t, b.Broker, v, "half", false)
			half.subscribe("live/#", 2)
			p.publish("kept/number", "0"+secret, 1, true)
			p.publish("kept/"+secret, "x", 1, true)
			p.publish("kept/other", "x", 1, true)
			for i := range 40 {
				p.publish(fmt.Sprint("live/", i), fmt.Sprintf("%d +4969%s %s", i, secret, strings.Repeat("x", 500)), 2, false)
				done.ack(packets.Puback, done.expect(packets.Publish).PacketID)
			}
			p.publish("live/other", "mine", 2, false)
			done.take()
			first := half.expect(packets.Publish).PacketID
			second := half.expect(packets.Publish).PacketID
			half.ack(packets.Pubrec, first)
			b.saved()
			half.cut()
			eventually(t, "the connection is gone", func() bool {
				b.router.mu.Lock()
				defer b.router.mu.Unlock()
				return !b.router.sessions["half"].connected()
			})
			b.saved()
			if !inFile(t, b.file, secret) {
				t.Fatal("it is not in the file")
			}

			got := b.purge()
			if want := (Purged{Waiting: 79, Retained: 2}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			if inFile(t, b.file, secret) {
				t.Error("it is in the file")
			}
			look := func() {
				t.Helper()
				w := login(t, b.Broker, v, "watcher", true)
				w.subscribe("kept/#", 0)
				w.takes("kept/other x")
				w.quiet()
				w.disconnect(0)
			}
			look()
			away = login(t, b.Broker, v, "away", false)
			away.takes("live/other mine")
			away.quiet()
			half = login(t, b.Broker, v, "half", false)
			for _, id := range []uint16{first, second} {
				if rel := half.expect(packets.Pubrel); rel.PacketID != id {
					t.Errorf("PUBREL for %d, not %d", rel.PacketID, id)
				}
			}
			for !half.expectMessage("live/other") {
			}
			b.restart()
			look()
			if b.stop(); inFile(t, b.file, secret) {
				t.Error("it is in the file at the end")
			}
		})
	}
}

// expectMessage passes over PUBRELs of messages that went out before.
func (g *rawClient) expectMessage(topic string) bool {
	g.t.Helper()
	pk, err := g.read()
	switch {
	case err != nil:
		g.t.Fatal(err)
	case pk.FixedHeader.Type == packets.Publish && pk.TopicName != topic:
		g.t.Fatalf("%s in place of %s", pk.TopicName, topic)
	}
	return pk.FixedHeader.Type == packets.Publish
}

// TestPurgeWhileConnected: a client that is there gets what follows, with every packet
// id that is under way confirmed.
func TestPurgeWhileConnected(t *testing.T) {
	b := newFileBroker(t)
	p := login(t, b.Broker, 5, "publisher", true)
	g := login(t, b.Broker, 5, "session", false)
	g.subscribe("live/#", 2)
	p.publish("live/1", secret, 1, false)
	p.publish("live/2", secret, 2, false)
	one, two := g.expect(packets.Publish).PacketID, g.expect(packets.Publish).PacketID
	if got := b.purge(); got.Waiting != 2 {
		t.Errorf("%+v", got)
	}
	g.ack(packets.Puback, one)
	g.ack(packets.Pubrec, two)
	g.expect(packets.Pubrel)
	g.ack(packets.Pubcomp, two)
	p.publish("live/3", "x", 2, false)
	g.takes("live/3 x")
	g.quiet()
	b.purge() // nothing is left to do
}

// TestPurgeOwn: Purge reports that our own client has to publish again.
func TestPurgeOwn(t *testing.T) {
	b := newFileBroker(t)
	pipe, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours := newRawClient(t, pipe, 4)
	ours.connect("ours", true)
	ours.publish("cp/last_call", secret, 1, true)
	if got := b.purge(); got != (Purged{Own: true}) {
		t.Errorf("%+v", got)
	}
}

// TestPurgeFile: a broker that does not run has the same done to its file.
func TestPurgeFile(t *testing.T) {
	b := newFileBroker(t)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("kept/number", secret, 1, true)
	p.publish("kept/other", "\xff\x00"+"binary", 1, true)
	b.stop()
	if !inFile(t, b.file, secret) {
		t.Fatal("it is not in the file")
	}
	got, err := PurgeFile(b.file, "cp", nil, holdsSecret)
	if want := (Purged{Retained: 1}); err != nil || got != want {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
	if inFile(t, b.file, secret) {
		t.Error("it is in the file")
	}
	b.start()
	w := login(t, b.Broker, 4, "watcher", true)
	w.subscribe("kept/#", 0)
	w.takes("kept/other \xff\x00binary")
	w.quiet()

	missing := filepath.Join(t.TempDir(), "broker.retained")
	if got, err := PurgeFile(missing, "", nil, holdsSecret); err != nil || got != (Purged{}) {
		t.Errorf("without a file: %+v, %v", got, err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a file was made")
	}
}

// TestPurgeOnAFullDisk: it is said, and made up for when there is space.
func TestPurgeOnAFullDisk(t *testing.T) {
	b := newFileBroker(t)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("kept/number", secret, 1, true)
	b.saved()
	b.retryAfter(10 * time.Millisecond)
	free := b.fillDisk()
	if _, err := b.Purge(t.Context(), holdsSecret); err == nil {
		t.Error("nothing is said")
	}
	free()
	p.publish("kept/other", "x", 1, true)
	eventually(t, "it is made up for", func() bool { return !inFile(t, b.file, secret) })
}
