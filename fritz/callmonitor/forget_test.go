package callmonitor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestForgetInRawLogs: the number goes from every file of the box and from what is
// being written, in every spelling; all else stays as it was and can be replayed.
func TestForgetInRawLogs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := "21.11.26 18:00:01;RING;0;03023125123;23125732;SIP1;\n21.11.26 18:00:04;DISCONNECT;0;0;\n" +
		"21.11.26 18:01:01;RING;0;03023125124;23125732;SIP1;\n# cut: 21.11.26 18:02:01;RING;0;0049 30 23125123"
	write("box.log.1", old)
	write("box.log.2.gz", "\x1f\x8b")
	write("boxes.log", old)
	recorder, err := NewRecorder(RecorderOptions{Dir: dir, Box: "box", Flush: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	recorder.Line([]byte("21.11.26 19:00:01;CALL;1;4;23125732;03023125123#;SIP1;"))
	is := func(s string) bool {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
		return strings.HasSuffix(digits, "3023125123")
	}
	f, err := recorder.Forget(is)
	if err != nil || f.Lines != 3 || len(f.Left) != 1 || !strings.HasSuffix(f.Left[0], "box.log.2.gz") {
		t.Errorf("%+v %v", f, err)
	}
	recorder.Line([]byte("21.11.26 19:00:09;DISCONNECT;1;0;"))
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"box.log.1": strings.NewReplacer("03023125123", "xxxxxxxxxxx", "0049 30 23125123", "xxxx xx xxxxxxxx").Replace(old),
		"box.log":   "21.11.26 19:00:01;CALL;1;4;23125732;xxxxxxxxxxx#;SIP1;\n21.11.26 19:00:09;DISCONNECT;1;0;\n",
		"boxes.log": old,
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(text) != want {
			t.Errorf("%s: %q %v", name, text, err)
		}
		if name == "boxes.log" {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if _, err := Parse([]byte(strings.TrimRight(line, "\n")), ReplayClock(time.UTC)); err != nil && !strings.HasPrefix(line, "#") {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
