package poll

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
)

// newPoller makes the poller of a simulated box that nobody runs.
func newPoller(t *testing.T) (*Poller, *fritztest.Box) {
	t.Helper()
	b := fritztest.New(fritztest.Options{Users: []fritztest.User{{Name: "porter", Password: "gurkensalat", Last: true}}, Location: testkit.Berlin})
	t.Cleanup(func() { b.Close() }) //nolint:errcheck // always nil
	if err := b.ListenTR064S("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	box := config.DefaultBox()
	box.Host, box.TR064Port = "127.0.0.1", b.TR064SAddr().(*net.TCPAddr).Port
	box.Username, box.Password, box.AreaCode, box.Numbers = "porter", "gurkensalat", "030", []string{"23125732"}
	log := slog.New(slog.DiscardHandler)
	p, err := New(Options{
		Box: box, Data: t.TempDir(), Now: time.Now, Log: log, ClientLog: log, Hidden: func(call.Number) bool { return false },
		Timing: Timing{Client: tr064.Timing{Spacing: -1, Silence: 2 * time.Second, Whole: 4 * time.Second}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Client.Close)
	return p, b
}

func missed(b *fritztest.Box, caller string) {
	b.Missed(caller, "23125732", fritztest.Course{})
}

// TestConfirm: calls of the list come with each snapshot until somebody has dealt with
// them, and not again afterwards, also in the next run.
func TestConfirm(t *testing.T) {
	p, b := newPoller(t)
	want := func(what string, s *Snapshot, calls int) {
		t.Helper()
		if !s.CallsRead || len(s.Calls) != calls {
			t.Errorf("%s: %d calls, not %d (%v)", what, len(s.Calls), calls, s.Problem)
		}
	}
	missed(b, "06990009111")
	first := p.Read(t.Context(), true)
	want("the first time", first, 1)
	missed(b, "06990009222")
	second := p.Read(t.Context(), false)
	want("not dealt with", second, 2)
	p.Confirm(first) // late
	want("one of them dealt with", p.Read(t.Context(), false), 1)
	third := p.Read(t.Context(), true)
	p.Confirm(third)
	want("dealt with", p.Read(t.Context(), false), 0)

	next, err := New(Options{
		Box: p.box, Data: t.TempDir(), Now: time.Now, Log: p.log, ClientLog: p.log, Hidden: p.hidden, Timing: p.timing,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Client.Close()
	want("without the earlier file", next.Read(t.Context(), false), 2)
	if c, err := ReadCopy(p.file); err != nil || len(c.Calls.Seen) == 0 {
		t.Errorf("what is dealt with is not kept: %v", err)
	}
}

// TestForgetCalls: the whole list is read again, and what was read before that does not
// count as dealt with.
func TestForgetCalls(t *testing.T) {
	p, b := newPoller(t)
	if known := p.ForgetCalls(); len(known.Seen) > 0 || p.Read(t.Context(), false).Anew {
		t.Errorf("nothing was known: %+v", known)
	}
	missed(b, "06990009111")
	before := p.Read(t.Context(), true)
	p.Confirm(before)
	missed(b, "06990009222")
	late := p.Read(t.Context(), false)
	if known := p.ForgetCalls(); len(known.Seen) == 0 {
		t.Error("it is not told how far the list was known")
	}
	p.Confirm(late) // was read before
	s := p.Read(t.Context(), false)
	if !s.Anew || len(s.Calls) != 2 {
		t.Errorf("anew %v, %d calls", s.Anew, len(s.Calls))
	}
	p.Confirm(s)
	if s := p.Read(t.Context(), false); s.Anew || len(s.Calls) > 0 {
		t.Errorf("anew %v, %d calls", s.Anew, len(s.Calls))
	}
}

// TestEpoch: a call list that begins anew is counted once, however often it is read before
// its calls are dealt with.
func TestEpoch(t *testing.T) {
	p, b := newPoller(t)
	for _, caller := range []string{"06990009111", "06990009222", "06990009333"} {
		missed(b, caller)
	}
	p.Confirm(p.Read(t.Context(), true))
	b.ForgetCalls()
	missed(b, "06990009444")
	one, two := p.Read(t.Context(), false), p.Read(t.Context(), false)
	if !one.NewEpoch || !two.NewEpoch || one.Epoch != 2 || two.Epoch != 2 {
		t.Errorf("epochs %d and %d (%v, %v)", one.Epoch, two.Epoch, one.NewEpoch, two.NewEpoch)
	}
	p.Confirm(one)
	p.Confirm(two)
	missed(b, "06990009555")
	if s := p.Read(t.Context(), false); s.NewEpoch || s.Epoch != 2 || len(s.Calls) != 1 {
		t.Errorf("epoch %d (%v), %d calls", s.Epoch, s.NewEpoch, len(s.Calls))
	}
}
