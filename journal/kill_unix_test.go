//go:build unix

package journal

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/journal/store"
)

// pace is the time between two calls of the replay: the 5,000 calls a second that are
// promised, fewer where the race detector slows the journal down. slower is how many times
// longer everything else may take with it.
const (
	pace   = 200 * time.Microsecond * testkit.Racing
	slower = min(testkit.Racing, 2)
)

// A replay in a process of its own: 10,000 calls. Each is told on the standard output
// together with the moment it was recorded.
func init() {
	childProcesses["replay"] = func() error {
		j, err := Open(context.Background(), Options{Path: os.Getenv(childPath)})
		if err != nil {
			return err
		}
		go j.Run(context.Background())
		m := newMaker(uint64(os.Getpid()))
		out := bufio.NewWriterSize(os.Stdout, 64)
		tick := time.NewTicker(pace)
		for range 10_000 {
			<-tick.C
			c := m.missed("")
			j.Record("a", c)
			fmt.Fprintf(out, "%s %d\n", c.ID, time.Now().UnixNano())
		}
		out.Flush()
		select {} // to be killed
	}
}

// TestKilled kills the replay at random moments, three or twenty times over one file. Each
// time the file is sound and only calls of the last second are missing.
func TestKilled(t *testing.T) {
	times := 3
	if testkit.All() {
		times = 20
	}
	limit := time.Duration(testkit.Slack(t) * slower * float64(time.Second))
	path := filepath.Join(t.TempDir(), "journal.db")
	all, worst := 0, time.Duration(0)
	for range times {
		recorded, killed := killedReplay(t, path, slower*time.Duration(200+rand.IntN(1200))*time.Millisecond)
		j := open(t, at(path))
		if h := j.Health(); h.State != StateUp || h.SetAside != "" {
			t.Fatalf("after kill -9: %+v", h)
		}
		for id, when := range recorded {
			if _, err := j.Call(t.Context(), id); err != nil {
				if age := killed.Sub(when); age > limit {
					t.Fatalf("a call recorded %v before the kill is lost: %v", age, err)
				} else {
					worst = max(worst, age)
				}
			}
		}
		all += len(recorded)
		r, err := j.store.Reader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var said string
		if err := r.Row(t.Context(), "PRAGMA integrity_check", nil, &said); err != nil || said != "ok" {
			t.Fatalf("integrity_check: %s, %v", said, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d calls recorded and killed %d times; the oldest lost was recorded %v before", all, times, worst)
	if all < times*100 {
		t.Errorf("%d calls in all are too few to show anything", all)
	}
}

func killedReplay(t *testing.T, path string, after time.Duration) (map[call.ID]time.Time, time.Time) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"=replay", childPath+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	recorded := map[call.ID]time.Time{}
	var killed time.Time
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(recorded) == 0 {
			time.AfterFunc(after, func() { killed = time.Now(); cmd.Process.Kill() })
		}
		id, ns, ok := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseInt(ns, 10, 64)
		if !ok || err != nil || len(ns) < 19 {
			continue // cut off by the kill
		}
		recorded[call.ID(id)] = time.Unix(0, n)
	}
	cmd.Wait()
	if len(recorded) == 0 {
		t.Fatal("the replay recorded nothing")
	}
	return recorded, killed
}

// TestKilledWhileForgetting kills between the deletion and the rewriting of the
// file: the next start makes up for it.
func TestKilledWhileForgetting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	record(t, j, "a", newMaker(1).missed("03023125123"))
	ctx := t.Context()
	err := j.store.Write(ctx, func(c *store.Conn) error {
		if err := j.forgetCalls(ctx, c, "+493023125123", "03023125123", &Forgotten{}); err != nil {
			return err
		}
		return c.NeedScrub(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	// What a kill leaves: the files as they are now.
	left := filepath.Join(t.TempDir(), "journal.db")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.ContainsFunc([]string{"", "-wal"}, func(end string) bool {
		b, _ := os.ReadFile(left + end)
		return strings.Contains(string(b), "3023125123")
	}) {
		t.Fatal("the number is gone already: the test shows nothing")
	}
	k := open(t, at(left))
	defer k.Close()
	if found := grep(t, filepath.Dir(left), "3023125123", "23125123"); len(found) > 0 {
		t.Errorf("after the restart it stands in %v", found)
	}
	if _, err := k.Recall(ctx, "_scrub"); err == nil {
		t.Error("the rewriting is still due")
	}
}
