package line

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/topic"
)

// told is a publisher that keeps everything, the newest value of each topic.
type told struct {
	newest map[string]string
	events []jumpDoc
}

func (p *told) Room() <-chan struct{} { return nil }

func (p *told) Retain(topic string, payload []byte) { p.newest[topic] = string(payload) }

func (p *told) Emit(topic string, payload []byte, _ time.Time) bool {
	var doc jumpDoc
	if json.Unmarshal(payload, &doc) == nil && strings.HasSuffix(topic, "/event") {
		p.events = append(p.events, doc)
	}
	return true
}

type jumpDoc struct {
	Type string `json:"event_type"`
	Ring int    `json:"ring_seconds"`
	Talk int    `json:"talk_seconds"`

	Outcome                  string
	Started, Answered, Ended *time.Time
}

// setClock is the time that a clock shows after it was set by so much: its wall time
// is another, its monotonic time the same. Package time has no such thing, so the
// seconds are changed where it keeps them.
func setClock(t time.Time, by time.Duration) time.Time {
	wall := (*uint64)(unsafe.Pointer(&t)) // bit 63: monotonic; 33 bits of seconds; 30 bits of nanoseconds
	*wall += uint64(int64(by/time.Second)) << 30
	return t
}

// jumpy is a line whose clocks, ours and the box's, can be set.
type jumpy struct {
	*testing.T
	*Line
	told    *told
	real    time.Time     // with monotonic time
	ours    time.Duration // by how much our clock was set
	wall    time.Time     // what the box's clock shows
	monitor *callmonitor.Clock
}

func newJumpy(t *testing.T) *jumpy {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", []string{"23125732"})
	if err != nil {
		t.Fatal(err)
	}
	j := &jumpy{T: t, told: &told{newest: map[string]string{}}, real: time.Now()}
	now := func() time.Time { return setClock(j.real, j.ours) }
	j.Line = New(Options{
		ID: "fritzbox", Topics: topic.Topics{Base: "callporter"}.Box("fritzbox"), Plan: plan, Debounce: 500 * time.Millisecond,
		Publisher: j.told, Now: now,
	})
	j.wall = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	j.Begin()
	j.monitor = callmonitor.LiveClock(testkit.Berlin, now)
	return j
}

// pass lets time pass, and does what Run would.
func (j *jumpy) pass(d time.Duration) {
	j.real, j.wall = j.real.Add(d), j.wall.Add(d)
	if wait := j.untilNext(); wait == 0 {
		j.advance(j.clock(), true)
		j.publishState()
	}
}

// says lets the box say something.
func (j *jumpy) says(line string) {
	j.Helper()
	ev, err := callmonitor.Parse([]byte(j.wall.Format("02.01.06 15:04:05;")+line), j.monitor)
	if err != nil {
		j.Fatal(err)
	}
	j.take(ev)
	if j.dirty {
		j.publishState()
	}
}

func (j *jumpy) state() string {
	var doc struct{ State string }
	if err := json.Unmarshal([]byte(j.told.newest[j.topics.State]), &doc); err != nil {
		j.Fatal(err)
	}
	return doc.State
}

// TestClockJumps: whoever sets which clock in the middle of a call, seconds are those
// that passed, a caller who rings is announced after the debounce, nobody who rang is
// taken for barred and nobody barred for one who rang.
func TestClockJumps(t *testing.T) {
	const hour, debounce = time.Hour, 500 * time.Millisecond
	if now := time.Now(); setClock(now, hour).Sub(now) != 0 || setClock(now, -hour).Unix() != now.Unix()-3600 || !strings.Contains(setClock(now, hour).String(), "m=+") {
		t.Fatal("package time keeps its seconds elsewhere now")
	}
	nothing := func(*jumpy) {}
	ours := func(d time.Duration) func(*jumpy) { return func(j *jumpy) { j.ours += d } }
	boxes := func(d time.Duration) func(*jumpy) { return func(j *jumpy) { j.wall = j.wall.Add(d) } }
	at := func(year int, month time.Month, day, h, m, s int) func(*jumpy) {
		return func(j *jumpy) {
			j.wall = time.Date(year, month, day, h, m, s, 0, time.UTC)
			j.ours = j.wall.Add(-hour).Sub(j.real).Truncate(time.Second) // Berlin in winter, or an hour off in summer
		}
	}
	for _, test := range []struct {
		name         string
		before, jump func(*jumpy)
		barred       string // the end of a ring of 50 ms around which the clock jumps
	}{
		{"no jump", nothing, nothing, "block"},
		{"ours back an hour", nothing, ours(-hour), "block"},
		{"ours on an hour", nothing, ours(hour), "block"},
		{"ours to 1970", nothing, ours(-56 * 365 * 24 * hour), "block"},
		{"ours on ten years", nothing, ours(10 * 365 * 24 * hour), "block"},
		// A box whose own clock jumps between the two lines is taken at its word: the
		// ring is not known to be barred.
		{"the box's back an hour", nothing, boxes(-hour), "miss"},
		{"the box's on an hour", nothing, boxes(hour), "miss"},
		{"the box's from 1970", func(j *jumpy) { j.wall = time.Date(1970, 1, 1, 1, 0, 30, 0, time.UTC) }, func(j *jumpy) { j.wall = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC) }, "miss"},
		{"the box's in 1970 throughout", func(j *jumpy) { j.wall = time.Date(1970, 1, 1, 1, 0, 30, 0, time.UTC) }, nothing, "block"},
		{"both back an hour", nothing, func(j *jumpy) { j.ours -= hour; j.wall = j.wall.Add(-hour) }, "miss"},
		{"end of summer time", at(2026, 10, 25, 1, 59, 59), nothing, "block"},
		{"the repeated hour begins", func(j *jumpy) {
			at(2026, 10, 25, 2, 59, 59)(j)
			j.wall = j.wall.Add(970 * time.Millisecond) // 50 ms later it is 02:00:00 again
			j.ours -= hour                              // 02:59:59 summer time is 00:59:59 UTC
		}, boxes(-hour), "block"},
		{"beginning of summer time", at(2026, 3, 29, 1, 59, 59), boxes(hour), "block"},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := newJumpy(t)
			test.before(j)
			// A caller who is answered, with the jump while it rings.
			j.says("RING;0;01713920055;23125732;SIP0;")
			if j.state() != "idle" {
				t.Error("announced within the debounce")
			}
			j.pass(50 * time.Millisecond)
			test.jump(j)
			j.publishState()
			if j.state() != "idle" {
				t.Error("the jump announces a caller who may be barred")
			}
			if wait := j.untilNext(); wait < 0 || wait > debounce {
				t.Errorf("the debounce ends in %v", wait)
			}
			j.pass(debounce)
			if j.state() != "ringing" {
				t.Errorf("%s after the debounce", j.state())
			}
			j.pass(5 * time.Second)
			if j.state() != "ringing" {
				t.Errorf("%s after five seconds", j.state())
			}
			j.says("CONNECT;0;10;01713920055;")
			j.pass(20 * time.Second)
			j.says("DISCONNECT;0;20;")

			// One who is not, with the jump back.
			j = newJumpy(t)
			test.before(j)
			j.says("RING;1;01713920055;23125732;SIP0;")
			j.pass(12 * time.Second)
			test.jump(j)
			j.says("DISCONNECT;1;0;")
			if types := typesOf(j.told.events); !slices.Equal(types, []string{"ring", "ringing", "miss"}) || j.told.events[2].Ring != 12 {
				t.Errorf("%+v", j.told.events)
			}

			// One whom the box bars.
			j = newJumpy(t)
			test.before(j)
			j.says("RING;0;06990009666;23125732;SIP0;")
			j.pass(50 * time.Millisecond)
			test.jump(j)
			j.says("DISCONNECT;0;0;")
			want := []string{"ring", test.barred}
			if test.barred == "miss" { // then it rang
				want = []string{"ring", "ringing", "miss"}
			}
			if types := typesOf(j.told.events); !slices.Equal(types, want) {
				t.Errorf("a barred caller: %v", types)
			}

			// A talk, with the jump in it.
			j = newJumpy(t)
			test.before(j)
			j.says("RING;0;01713920055;23125732;SIP0;")
			j.pass(6 * time.Second)
			j.says("CONNECT;0;10;01713920055;")
			j.pass(30 * time.Second)
			test.jump(j)
			j.pass(30 * time.Second)
			if j.state() != "talking" {
				t.Errorf("%s in the middle of a talk", j.state())
			}
			j.says("DISCONNECT;0;60;")
			end := j.told.events[len(j.told.events)-1]
			if end.Type != "end" || end.Ring != 6 || end.Talk != 60 || end.Outcome != "answered" {
				t.Errorf("%+v", end)
			}

			// A talk that the loss of the link ends, so that our clock counts it.
			j = newJumpy(t)
			test.before(j)
			j.says("RING;0;01713920055;23125732;SIP0;")
			j.pass(6 * time.Second)
			j.says("CONNECT;0;10;01713920055;")
			test.jump(j)
			j.pass(40 * time.Second)
			j.takeLink(callmonitor.LinkState{State: callmonitor.Down, Reason: callmonitor.Reset})
			if end := j.told.events[len(j.told.events)-1]; end.Type != "lost" || end.Talk != 40 || end.Ring != 6 {
				t.Errorf("%+v", end)
			}
			if j.state() != "idle" {
				t.Error(j.state())
			}

			// A ring without an end is given up after the limit, not before.
			j = newJumpy(t)
			test.before(j)
			j.says("RING;0;01713920055;23125732;SIP0;")
			test.jump(j)
			j.pass(call.DefaultRingLimit - time.Second)
			if len(j.told.events) != 2 || j.state() != "ringing" {
				t.Errorf("%v %s before the limit", typesOf(j.told.events), j.state())
			}
			j.pass(2 * time.Second)
			if types := typesOf(j.told.events); !slices.Equal(types, []string{"ring", "ringing", "lost"}) {
				t.Errorf("%v after the limit", types)
			}
			for _, e := range j.told.events {
				if e.Ring < 0 || e.Talk < 0 {
					t.Errorf("negative seconds: %+v", e)
				}
			}
		})
	}
}

func typesOf(events []jumpDoc) []string {
	var types []string
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}
