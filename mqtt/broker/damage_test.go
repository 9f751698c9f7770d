package broker

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// TestDamagedFile: whatever happened to the file, the broker starts, the file is
// kept under another name, and what can be read of it is used.
func TestDamagedFile(t *testing.T) {
	whole := func() (*stored, []byte) {
		b := newStored(t)
		p := login(t, b.Broker, 4, "publisher", true)
		for i := range 200 {
			p.publish(fmt.Sprintf("kept/%03d", i), strings.Repeat("x", 100), 1, true)
		}
		login(t, b.Broker, 4, "session", false).disconnect(0)
		b.stop()
		text, err := os.ReadFile(b.file)
		if err != nil {
			t.Fatal(err)
		}
		return b, text
	}
	b, good := whole()
	damages := map[string]func() []byte{
		"text":  func() []byte { return []byte("not a database\n") },
		"short": func() []byte { return good[:5000] },
		"half":  func() []byte { return good[:len(good)/2] },
		"zeros": func() []byte { return make([]byte, len(good)) },
		"two metas": func() []byte {
			return append(bytes.Repeat([]byte{0xff}, 2*os.Getpagesize()), good[2*os.Getpagesize():]...)
		},
		"pages": func() []byte {
			return append(good[:2*os.Getpagesize():2*os.Getpagesize()], bytes.Repeat([]byte{0xff}, len(good)-2*os.Getpagesize())...)
		},
		"one record": func() []byte { return bytes.Replace(good, []byte(`"t":"kept/117"`), []byte(`"t":"kept/711"`), -1) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			text := damage()
			says := map[string]string{
				"one record": `set aside; what can be read of it is kept" retained=199 sessions=1`,
				"two metas":  "set aside; ",
			}[name]
			if says == "" {
				says = "set aside; nothing of it can be read: retained messages and sessions begin anew"
			}
			if err := os.WriteFile(b.file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			b := &stored{t: t, file: b.file}
			b.start()
			defer b.stop()
			if name == "one record" {
				w := login(t, b.Broker, 4, "watcher", true)
				w.subscribe("kept/#", 0)
				for range 199 {
					w.take()
				}
				w.quiet()
			}
			aside, _ := filepath.Glob(b.file + ".damaged-*")
			if len(aside) != 1 || !strings.Contains(b.log.String(), aside[0]) || !strings.Contains(b.log.String(), says) {
				t.Fatalf("set aside: %q\n%s", aside, b.log)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || name != "two metas" && !bytes.Equal(kept, text) {
				t.Errorf("what was set aside is another: %v", err)
			}
			os.Remove(aside[0])
			login(t, b.Broker, 4, "publisher", true).publish("new", "x", 1, true)
			b.saved()
			if strings.Contains(b.log.String(), "cannot be saved") {
				t.Errorf("%s", b.log)
			}
		})
	}
}

// TestNoFile: a broker whose file cannot be made works without, says so once, and
// saves everything as soon as it can.
func TestNoFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	b := &stored{t: t, file: filepath.Join(dir, "broker.db")}
	b.start()
	b.router.store.again = 10 * time.Millisecond
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("a", "1", 1, true)
	g := login(t, b.Broker, 4, "session", false)
	g.subscribe("#", 1)
	g.takes("a 1")
	g.disconnect(0)
	p.publish("b", "2", 1, false)
	eventually(t, "it has been said", func() bool { return strings.Contains(b.log.String(), "cannot be saved") })
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is saved", func() bool { return strings.Contains(b.log.String(), "saved again") })
	if n := strings.Count(b.log.String(), "cannot be saved"); n != 1 {
		t.Errorf("said %d times", n)
	}
	b.kill()
	g = login(t, b.Broker, 4, "session", false)
	g.takes("b 2")
}

// TestFullDisk: what there was no room for is saved when there is room again.
func TestFullDisk(t *testing.T) {
	b := newStored(t)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("first", "x", 1, true)
	b.saved()
	b.router.mu.Lock() // the saving goroutine waits for it before it looks at this
	b.router.store.again = 10 * time.Millisecond
	b.router.mu.Unlock()
	db := b.router.store.db
	limit := func(size int) { // between two saves
		db.Update(func(*bbolt.Tx) error { db.MaxSize = size; return io.EOF }) //nolint:errcheck // that error
	}
	limit(1)
	big := strings.Repeat("x", 100<<10)
	for i := range 20 {
		p.publish(fmt.Sprint("big/", i), big, 1, true)
	}
	eventually(t, "it has been said", func() bool { return strings.Contains(b.log.String(), "cannot be saved") })
	p.publish("big/0", "small", 1, true) // goes on
	limit(0)
	eventually(t, "it is saved", func() bool { return strings.Contains(b.log.String(), "saved again") })
	b.saved()
	if n := strings.Count(b.log.String(), "cannot be saved"); n != 1 {
		t.Errorf("said %d times", n)
	}
	b.kill()
	w := login(t, b.Broker, 4, "watcher", true)
	w.subscribe("big/#", 0)
	w.takes("big/0 small")
	for range 19 {
		w.take()
	}
	w.quiet()
}
