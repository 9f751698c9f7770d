package broker

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamagedFile: whatever happened to the file, the broker starts, the file is
// kept under another name, and what can be read of it is used.
func TestDamagedFile(t *testing.T) {
	b := newFileBroker(t)
	p := login(t, b.Broker, 4, "publisher", true)
	for i := range 200 {
		p.publish(fmt.Sprintf("kept/%03d", i), strings.Repeat("x", 100), 1, true)
	}
	login(t, b.Broker, 4, "session", false).disconnect(0)
	b.stop()
	good, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	count := func(text []byte) int { return bytes.Count(text, []byte("\n")) - 1 } // messages
	head, lines, _ := bytes.Cut(good, []byte("\n"))
	for name, damage := range map[string]struct {
		text []byte
		kept int
	}{
		"text":                     {[]byte("not what it should be\n"), 0},
		"empty":                    {nil, 0},
		"short":                    {good[:5000], count(good[:5000])},
		"half":                     {good[:len(good)/2], count(good[:len(good)/2])},
		"line short":               {good[:bytes.LastIndexByte(good[:len(good)-1], '\n')+1], 199},
		"zeros":                    {make([]byte, len(good)), 0},
		"no header":                {lines, 199},
		"a header that is damaged": {append(bytes.Replace(head, []byte("200"), []byte("100"), 1), good[len(head):]...), 200},
		"one record":               {bytes.Replace(good, []byte(`"t":"kept/117"`), []byte(`"t":"kept/711"`), -1), 199},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := damage.text
			says := "set aside; nothing of it can be read: retained messages begin anew"
			if damage.kept > 0 {
				says = fmt.Sprint(`set aside; what can be read of it is kept" retained=`, damage.kept)
			}
			b := &fileBroker{t: t, file: filepath.Join(t.TempDir(), "broker.retained")}
			if err := os.WriteFile(b.file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			b.start()
			defer b.stop()
			w := login(t, b.Broker, 4, "watcher", true)
			w.subscribe("kept/#", 0)
			for range damage.kept {
				w.take()
			}
			w.quiet()
			aside, _ := filepath.Glob(b.file + ".damaged-*")
			if len(aside) != 1 || !strings.Contains(b.log.String(), aside[0]) || !strings.Contains(b.log.String(), says) {
				t.Fatalf("set aside: %q\n%s", aside, b.log)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, text) {
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
	b := &fileBroker{t: t, file: filepath.Join(dir, "broker.retained")}
	b.start()
	b.retryAfter(10 * time.Millisecond)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("a", "1", 1, true)
	g := login(t, b.Broker, 4, "session", false)
	g.subscribe("#", 1)
	g.takes("a 1")
	p.publish("b", "2", 1, true)
	g.takes("b 2")
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
	g.subscribe("#", 1)
	g.takes("a 1", "b 2")
}

// TestFullDisk: what there was no room for is saved when there is room again.
func TestFullDisk(t *testing.T) {
	b := newFileBroker(t)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("first", "x", 1, true)
	b.saved()
	b.retryAfter(10 * time.Millisecond)
	full := b.fillDisk()
	big := strings.Repeat("x", 100<<10)
	for i := range 20 {
		p.publish(fmt.Sprint("big/", i), big, 1, true)
	}
	eventually(t, "it has been said", func() bool { return strings.Contains(b.log.String(), "cannot be saved") })
	p.publish("big/0", "small", 1, true) // goes on
	full()
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

// retryAfter sets the time between attempts to write the file.
func (s *fileBroker) retryAfter(d time.Duration) {
	s.router.mu.Lock() // which the goroutine that saves takes before each attempt
	defer s.router.mu.Unlock()
	s.router.store.retry = d
}

// fillDisk makes every write of the file fail until the returned function is called.
func (s *fileBroker) fillDisk() (end func()) {
	s.t.Helper()
	// A directory stands where the new file would be, and is not empty.
	if err := os.MkdirAll(filepath.Join(s.file+tempEnding, "ballast"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if err := os.RemoveAll(s.file + tempEnding); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestNewerFile: a file of a later version is left as it is, and the broker works
// without one.
func TestNewerFile(t *testing.T) {
	b := &fileBroker{t: t, file: filepath.Join(t.TempDir(), "broker.retained")}
	var file bytes.Buffer
	if err := seal(&file, fileHeader{Version: fileVersion + 1}); err != nil {
		t.Fatal(err)
	}
	text := append(file.Bytes(), "what nobody knows yet\n"...)
	if err := os.WriteFile(b.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b.start()
	login(t, b.Broker, 4, "publisher", true).publish("a", "1", 1, true)
	if _, err := b.Purge(t.Context(), holdsSecret); err == nil {
		t.Error("a file that cannot be read is purged")
	}
	b.stop()
	if after, err := os.ReadFile(b.file); err != nil || !bytes.Equal(after, text) {
		t.Errorf("it was changed: %q %v", after, err)
	}
	if _, err := PurgeFile(b.file, "cp", nil, holdsSecret); err == nil {
		t.Error("a file that cannot be read is purged")
	}
	if n := strings.Count(b.log.String(), "cannot be saved; trying on"); n != 1 {
		t.Errorf("said %d times:\n%s", n, b.log)
	}
}
