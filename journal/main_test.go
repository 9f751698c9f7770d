package journal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) {
	if run := childProcesses[os.Getenv(childRole)]; run != nil {
		if err := run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// patience is how long something that must happen may take. Only a failing test
// waits that long.
const patience = 20 * time.Second

var (
	eventually = testkit.Eventually(patience, testkit.Tick)
	background = testkit.Background(patience)
)

// day is when the calls of the tests begin.
var day = time.Date(2026, 11, 21, 18, 0, 0, 0, time.FixedZone("", 3600))

// open opens a journal in a folder of its own.
func open(t testing.TB, options ...func(*Options)) *Journal {
	t.Helper()
	o := Options{Path: filepath.Join(t.TempDir(), "journal.db"), Now: func() time.Time { return day.Add(24 * time.Hour) },
		Timing: Timing{Lock: 50 * time.Millisecond, Retry: 10 * time.Millisecond, Delay: time.Millisecond, Close: 2 * time.Second}}
	for _, f := range options {
		f(&o)
	}
	j, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func at(path string) func(*Options) { return func(o *Options) { o.Path = path } }

// maker makes calls one after the other, always the same ones.
type maker struct {
	ids call.IDs
	rnd *rand.Rand
	now time.Time
}

func newMaker(seed uint64) *maker {
	m := &maker{rnd: rand.New(rand.NewPCG(seed, 7)), now: day}
	m.ids.Random = func(b []byte) {
		for i := range b {
			b[i] = byte(m.rnd.Uint32())
		}
	}
	return m
}

var plan, _ = call.NewPlan("DE", "030", nil)

func number(national string) call.Number { return plan.Number(national) }

// missed is a call that nobody answered.
func (m *maker) missed(from string) call.Call {
	m.now = m.now.Add(time.Minute)
	return call.Call{
		ID: m.ids.Next(m.now), Direction: call.Incoming, Phase: call.Ended, Outcome: call.Missed,
		Caller:  call.Party{Number: number(from)},
		Callee:  call.Party{Number: number("03023125732"), Name: "Practice"},
		MSN:     "493023125732",
		Trunk:   "SIP1",
		Started: m.now, Ended: m.now.Add(20 * time.Second), Stamp: m.now, Ring: 20 * time.Second,
	}
}

// answered is a call that was talked on.
func (m *maker) answered(from string, talk time.Duration) call.Call {
	c := m.missed(from)
	c.Outcome, c.Extension, c.Talk = call.Answered, "10", talk
	c.Answered = c.Started.Add(5 * time.Second)
	c.Ended = c.Answered.Add(talk)
	return c
}

// dialled is a call to somebody.
func (m *maker) dialled(to string, talk time.Duration) call.Call {
	c := m.answered(to, talk)
	c.Direction, c.Caller, c.Callee = call.Outgoing, c.Callee, c.Caller
	return c
}

// spam is a call that was judged and rejected.
func (m *maker) spam(from string) call.Call {
	c := m.missed(from)
	c.Outcome, c.Action = call.Rejected, call.ActionRejected
	c.Verdict = call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock: 46 reports, advertising", Code: "reported",
		Evidence: []call.Evidence{{Source: "phoneblock", Reason: "reported", Weight: 92, Detail: "46 reports, advertising"},
			{Source: "rules", Reason: "new", Weight: 10}}}
	return c
}

// record records calls and waits until they are in the file.
func record(t testing.TB, j *Journal, box string, calls ...call.Call) {
	t.Helper()
	for _, c := range calls {
		j.Record(box, c)
	}
	if err := j.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// page reads a page and returns the ids of its calls.
func page(t testing.TB, j *Journal, f Filter) []call.ID {
	t.Helper()
	p, err := j.Calls(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	var found []call.ID
	for _, e := range p.Entries {
		found = append(found, e.Call.ID)
	}
	return found
}

// Work that a test gives to a process of its own.
const (
	childRole = "JOURNAL_TEST_CHILD"
	childPath = "JOURNAL_TEST_PATH"
)

var childProcesses = map[string]func() error{}
