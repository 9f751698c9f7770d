package journal

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/callporter/callporter/internal/testkit"
)

// TestFullDisk fills a small file system: calls wait, and are written when there
// is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no file system of its own (%v); TestFileLimit tests the like", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	j := open(t, at(filepath.Join(dir, "journal.db")))
	m := newMaker(1)
	record(t, j, "a", m.missed("03023125123"))
	ballast := filepath.Join(dir, "ballast")
	fillUp(t, ballast)
	stop := background(t, j.Run)
	const n = 500
	for range n {
		j.Record("a", m.spam("03023125124"))
	}
	eventually(t, "health says full", func() bool { return j.Health().State == StateFull })
	if h := j.Health(); h.Waiting != n || h.Dropped != 0 {
		t.Errorf("health: %+v", h)
	}
	if got := page(t, j, Filter{}); len(got) != 1 {
		t.Errorf("a full disk cannot be read: %v", got)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the calls are written", func() bool { h := j.Health(); return h.Waiting == 0 && h.State == StateUp })
	stop()
	if got := page(t, j, Filter{Limit: MaxPage}); len(got) != n+1 {
		t.Errorf("%d calls are there, want %d", len(got), n+1)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFullDiskAtStart: a disk that was full before is known to be from the start on, what
// is in the file can be read, and it is noticed when there is room, though nobody calls.
func TestFullDiskAtStart(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no file system of its own: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	path, ballast := filepath.Join(dir, "journal.db"), filepath.Join(dir, "ballast")
	j := open(t, at(path))
	record(t, j, "a", newMaker(1).missed("03023125123"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, room := range []int64{0, 36 << 10} { // none, and just enough for the file to be opened
		fillUp(t, ballast)
		if info, err := os.Stat(ballast); err != nil || os.Truncate(ballast, info.Size()-room) != nil {
			t.Fatal(err)
		}
		j := open(t, at(path))
		if h := j.Health(); h.State != StateFull {
			t.Errorf("%d bytes of room: %+v", room, h)
		}
		if room > 0 {
			if got := page(t, j, Filter{}); len(got) != 1 {
				t.Errorf("a full disk cannot be read: %v", got)
			}
		}
		stop := background(t, j.Run)
		if err := j.Purge(t.Context()); err == nil { // which has nothing to delete
			if h := j.Health(); h.State != StateFull {
				t.Errorf("after a write of nothing: %+v", h)
			}
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the room is noticed", func() bool { return j.Health().State == StateUp })
		stop()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func fillUp(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
}

func init() {
	childProcesses["limited"] = func() error {
		// The limit ends a write with EFBIG rather than the process.
		signal.Ignore(syscall.SIGXFSZ)
		j, err := Open(context.Background(), Options{Path: os.Getenv(childPath)})
		if err != nil {
			return err
		}
		var was syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			return err
		}
		limit := was
		limit.Cur = 150 << 10
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		m := newMaker(1)
		const n = 2000
		for range n {
			j.Record("a", m.spam("03023125124"))
		}
		if j.Flush(context.Background()) == nil {
			return fmt.Errorf("the limit stopped nothing")
		}
		if h := j.Health(); h.State == StateUp || h.Waiting == 0 || h.SetAside != "" {
			return fmt.Errorf("limited: %+v", h)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			return err
		}
		if err := j.Flush(context.Background()); err != nil {
			return fmt.Errorf("after the limit: %w", err)
		}
		got := 0
		for f := (Filter{Limit: MaxPage}); ; {
			p, err := j.Calls(context.Background(), f)
			if err != nil {
				return err
			}
			got += len(p.Entries)
			if f.Before = p.Next; f.Before == "" {
				break
			}
		}
		if got != n {
			return fmt.Errorf("%d of %d calls are there", got, n)
		}
		return j.Close()
	}
}

// TestFileLimit runs against the limit of a file's size, as a quota would be.
func TestFileLimit(t *testing.T) {
	testkit.Long(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"=limited", childPath+"="+filepath.Join(t.TempDir(), "journal.db"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
