package journal

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

const pageSize = 4096

// everything reads all calls, page by page.
func everything(t testing.TB, j *Journal, f Filter) map[call.ID]Entry {
	t.Helper()
	all := map[call.ID]Entry{}
	for f.Limit = MaxPage; ; {
		p, err := j.Calls(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entries {
			all[e.Call.ID] = e
		}
		if f.Before = p.Next; p.Next == "" {
			return all
		}
	}
}

// TestOneDamagedPage costs what was on it, not the view of all calls: those that are left
// are as they were, and are found by all that a filter may ask.
func TestOneDamagedPage(t *testing.T) {
	t.Parallel()
	const entries, writes = 40, 60
	calls := 700
	if testkit.All() {
		calls = 3000
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, at(path))
	fillJournal(t, j, calls)
	for i := range entries {
		if _, err := j.AddEntry(t.Context(), ListEntry{List: Block, Pattern: fmt.Sprintf("+4969900090%02d", i), Name: "Spam"}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range writes {
		if _, err := j.RecordWrite(t.Context(), Write{Box: "fritzbox", Action: "phonebook_add", Target: fmt.Sprint(i), After: []byte(`{"order":"x"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Remember(t.Context(), KeyBegan+"shop", []byte("value")); err != nil {
		t.Fatal(err)
	}
	before := everything(t, j, Filter{})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pages := len(sound) / pageSize
	random := rand.New(rand.NewPCG(4, 2))
	noise := func(b []byte) {
		for i := range b {
			b[i] = byte(random.Uint32())
		}
	}
	pageOf := func(b []byte, n int) []byte { return b[n*pageSize : (n+1)*pageSize] }
	few := func(b []byte, n int, damage func([]byte)) {
		for range n {
			damage(pageOf(b, 1+random.IntN(pages-1)))
		}
	}
	for name, tc := range map[string]struct {
		damage func(b []byte)
		lost   int  // calls, at most
		boxes  bool // which box a call is of is lost as well
	}{
		"header":              {func(b []byte) { noise(b[:100]) }, 0, false},
		"header of zeros":     {func(b []byte) { clear(b[:100]) }, 0, false},
		"schema":              {func(b []byte) { noise(pageOf(b, 0)) }, 0, false},
		"schema of zeros":     {func(b []byte) { clear(pageOf(b, 0)[100:]) }, 0, false},
		"a page in the midst": {func(b []byte) { noise(pageOf(b, pages/2)) }, 30, false},
		"another of zeros":    {func(b []byte) { clear(pageOf(b, pages/3)) }, 30, false},
		"every first byte":    {func(b []byte) { noise(pageOf(b, pages/4)[:8]) }, 30, false},
		"ten pages":           {func(b []byte) { few(b, 10, noise) }, 200, false},
		"ten of zeros":        {func(b []byte) { few(b, 10, func(p []byte) { clear(p) }) }, 200, false},
		"roots":               {func(b []byte) { noise(b[pageSize : 8*pageSize]) }, 60, true},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(name, "zeros") || name == "every first byte" {
				testkit.Long(t)
			}
			b := append([]byte{}, sound...)
			tc.damage(b)
			path := filepath.Join(t.TempDir(), "journal.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			log := new(testkit.Log)
			j := open(t, at(path), func(o *Options) { o.Log = log.Logger(slog.LevelInfo) })
			if h := j.Health(); h.State != StateUp || h.SetAside == "" {
				t.Fatalf("%+v", h)
			}
			after := everything(t, j, Filter{})
			if lost := calls - len(after); lost > min(tc.lost, calls/3) {
				t.Errorf("%d calls of %d are lost", lost, calls)
			}
			bad := 0
			for id, e := range after {
				was := before[id]
				if tc.boxes {
					was.Box = "shop"
				}
				if !reflect.DeepEqual(e, was) {
					if bad++; bad < 3 {
						t.Errorf("%+v was\n%+v", e, was)
					}
				}
			}
			if log.Lines("level=ERROR", "journal was damaged", fmt.Sprintf("calls=%d", len(after)), "lost_calls=", "set_aside=") != 1 {
				t.Errorf("the log says %s", log)
			}
			found := 0
			for _, box := range []string{"fritzbox", "shop"} {
				found += len(everything(t, j, Filter{Box: box}))
			}
			if found != len(after) {
				t.Errorf("%d of %d calls are found by their box", found, len(after))
			}
			checked := 0
			for id, e := range after {
				n := e.Call.Peer().Number
				if n.Withheld() || checked == 15 {
					continue
				}
				checked++
				if _, ok := everything(t, j, Filter{Number: n.Full()})[id]; !ok {
					t.Errorf("a call is not found by its number, %d were", checked)
					break
				}
				if _, known, err := j.Caller(t.Context(), n); !known || err != nil {
					t.Errorf("nothing is known of the caller of a call: %v", err)
				}
			}
			named := 0
			for _, e := range after {
				if strings.Contains(e.Call.Peer().Name, "Person") {
					named++
				}
			}
			if n := len(everything(t, j, Filter{Name: "person"})); n != named {
				t.Errorf("%d of %d calls are found by their name", n, named)
			}
			if n := len(j.Entries(Block)); n != entries {
				t.Errorf("%d of %d entries are on the list", n, entries)
			}
			if _, err := j.RecordWrite(t.Context(), Write{Box: "fritzbox", Action: "a"}); err != nil {
				t.Error(err)
			}
			m := newMaker(77)
			m.now = day.AddDate(1, 0, 0)
			record(t, j, "new", m.missed("03023125124"))
			if n := len(everything(t, j, Filter{Box: "new"})); n != 1 {
				t.Errorf("%d new calls", n)
			}
		})
	}
}

// TestAnyPageDamaged: whichever page it is, the journal goes on with the others.
func TestAnyPageDamaged(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, soundFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := rand.IntN(4); n < len(sound)/pageSize; n += 4 { // all of them take minutes
		b := append([]byte{}, sound...)
		scribble(b, rand.New(rand.NewPCG(uint64(n), 3)), n*pageSize, (n+1)*pageSize)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, at(path))
		if left := len(everything(t, j, Filter{})); left < 300-30 {
			t.Errorf("page %d: %d of 300 calls are left", n+1, left)
		}
		j.Close()
	}
}
