package journal

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// listed is how the box's call list tells of a call: to the minute, rounded up.
func listed(id int64, c call.Call) Listed {
	l := Listed{ID: id, Epoch: "1", Call: c}
	l.Call.ID, l.Call.Started, l.Call.Stamp, l.Call.Ended = "", c.Stamp.Truncate(time.Minute), time.Time{}, time.Time{}
	l.Call.Talk = (c.Talk + time.Minute - 1).Truncate(time.Minute)
	return l
}

func TestBackfillCompletes(t *testing.T) {
	j := open(t)
	ctx := t.Context()
	m := newMaker(1)
	m.now = m.now.Add(40 * time.Second)
	nameless, barred, lost, rejected := m.missed("03023125123"), m.missed("03023125124"), m.answered("03023125125", 0), m.spam("03023125126")
	withheld := m.missed("")
	lost.Outcome = call.Lost
	for _, c := range []*call.Call{&nameless, &barred, &lost, &rejected, &withheld} {
		c.Stamp = c.Stamp.AddDate(-3, 0, 0) // the box's clock is wrong
	}
	record(t, j, "a", nameless, barred, lost, rejected, withheld)
	list := []Listed{listed(1, nameless), listed(2, barred), listed(3, lost), listed(4, rejected), listed(5, withheld), listed(6, m.missed("03023125127"))}
	list[0].Call.Caller.Name = "Berta"
	list[1].Call.Outcome = call.Blocked
	list[2].Call.Outcome, list[2].Call.Talk = call.Answered, 3*time.Minute
	list[3].Call.Outcome = call.Answered // the box takes our picking up for an answer
	list[4].Call.Outcome = call.AnsweringMachine
	for range 2 { // the second time changes nothing
		if _, err := j.Backfill(ctx, "a", list); err != nil {
			t.Fatal(err)
		}
	}
	if done, err := j.Backfill(ctx, "a", list); err != nil || len(done.Filled) != 0 || len(done.Added) != 0 {
		t.Errorf("again: %v, %+v", err, done)
	}
	for _, want := range []struct {
		id      call.ID
		outcome call.Outcome
		name    string
		talk    time.Duration
	}{
		{nameless.ID, call.Missed, "Berta", 0}, {barred.ID, call.Blocked, "", 0}, {lost.ID, call.Answered, "", 3 * time.Minute},
		{rejected.ID, call.Rejected, "", 0}, {withheld.ID, call.AnsweringMachine, "", 0},
	} {
		e, err := j.Call(ctx, want.id)
		if err != nil || e.Call.Outcome != want.outcome || e.Call.Caller.Name != want.name || e.Call.Talk != want.talk || !e.Listed {
			t.Errorf("%v, %+v, want %+v", err, e, want)
		}
	}
	if got := page(t, j, Filter{Name: "berta"}); len(got) != 1 {
		t.Errorf("by the name filled in: %v", got)
	}
	record(t, j, "a", nameless) // the same value again does not undo it
	if e, _ := j.Call(ctx, nameless.ID); e.Call.Caller.Name != "Berta" || !e.Listed {
		t.Errorf("after a late value: %+v", e)
	}
	if n := len(page(t, j, Filter{})); n != 6 { // the five and the one that was added
		t.Errorf("%d calls", n)
	}
}

// TestBackfillLeavesWhatOurPhoneTurnedAway: the box lists a call that our phone has picked up as
// answered, with its talk. Here nobody has answered it, neither in the list nor in the numbers.
func TestBackfillLeavesWhatOurPhoneTurnedAway(t *testing.T) {
	j := open(t)
	ctx := t.Context()
	m := newMaker(1)
	hungUp, announced := m.spam("03023125126"), m.spam("03023125127")
	announced.Action = call.Announced
	record(t, j, "a", hungUp, announced)
	list := []Listed{listed(1, hungUp), listed(2, announced)}
	for i := range list {
		list[i].Call.Outcome, list[i].Call.Talk, list[i].Call.Extension = call.Answered, time.Minute, "20"
	}
	if _, err := j.Backfill(ctx, "a", list); err != nil {
		t.Fatal(err)
	}
	for _, want := range []call.Call{hungUp, announced} {
		e, err := j.Call(ctx, want.ID)
		if err != nil || e.Call.Outcome != call.Rejected || e.Call.Action != want.Action || e.Call.Talk != 0 || !e.Listed {
			t.Errorf("%v, %+v", err, e)
		}
		if c, found, err := j.Caller(ctx, want.Caller.Number); err != nil || !found || c.Answered != 0 || c.Calls != 1 {
			t.Errorf("%v, %v, %+v", err, found, c)
		}
	}
	if got := page(t, j, Filter{Outcomes: []call.Outcome{call.Rejected}}); len(got) != 2 {
		t.Errorf("filtered by rejected: %v", got)
	}
	if got := page(t, j, Filter{Outcomes: []call.Outcome{call.Answered}}); len(got) != 0 {
		t.Errorf("filtered by answered: %v", got)
	}
}

// TestBackfillOfAnOwnNumberWithoutAreaCode: the first calls of a first start come before the
// box has told its area code.
func TestBackfillOfAnOwnNumberWithoutAreaCode(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	seen, other := m.missed("03023125123"), m.missed("03023125124")
	list := []Listed{listed(1, seen), listed(2, other)}
	seen.MSN, other.MSN = "23125732", "23125069"
	list[0].Call.MSN, list[1].Call.MSN = "493023125732", "493023125732"
	record(t, j, "a", seen, other)
	done, err := j.Backfill(t.Context(), "a", list)
	if err != nil || len(done.Added) != 1 || done.Added[0].Caller.Number != other.Caller.Number {
		t.Errorf("%v, added %+v", err, done.Added)
	}
}

// TestAgainWithinAMinute: who calls several times in one minute has each call filled
// in with what the list says of that one, also while the last one goes on.
func TestAgainWithinAMinute(t *testing.T) {
	for name, goesOn := range map[string]bool{"all over": false, "the last goes on": true} {
		t.Run(name, func(t *testing.T) {
			j := open(t)
			m := newMaker(1)
			calls := []call.Call{m.answered("03023125123", 2*time.Second), m.missed("03023125123"), m.answered("03023125123", 3*time.Second), m.missed("03023125123")}
			for i := range calls {
				at := day.Add(time.Duration(5+12*i) * time.Second)
				calls[i].ID, calls[i].Started, calls[i].Stamp = m.ids.Next(at), at, at
			}
			now, list := slices.Clone(calls), make([]Listed, len(calls))
			for i, c := range calls {
				list[i] = listed(int64(i+1), c)
			}
			if goesOn {
				now[3].Phase, now[3].Outcome = call.Ringing, call.OutcomeNone
				list = list[:3]
			}
			record(t, j, "a", now...)
			for n := range list { // read after each call
				if done, err := j.Backfill(t.Context(), "a", list[:n+1]); err != nil || len(done.Added)+len(done.Filled) != 0 {
					t.Fatalf("%v, %+v", err, done)
				}
			}
			for _, want := range now {
				if e, err := j.Call(t.Context(), want.ID); err != nil || e.Call.Outcome != want.Outcome || e.Call.Extension != want.Extension {
					t.Errorf("%v: %s at %q, not %s at %q", err, e.Call.Outcome, e.Call.Extension, want.Outcome, want.Extension)
				}
			}
		})
	}
}

// TestBackfillInOrder: calls of one minute stand in the order of the list, and the
// last of them is the last call.
func TestBackfillInOrder(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	var list []Listed
	for i := range 12 {
		c := m.missed("0302312510" + strconv.Itoa(i%10))
		c.Stamp, c.MSN = day, ""
		list = append(list, listed(int64(4097+i), c))
	}
	if done, err := j.Backfill(t.Context(), "a", list); err != nil || len(done.Added) != len(list) {
		t.Fatalf("%v, %+v", err, done)
	}
	p, err := j.Calls(t.Context(), Filter{})
	if err != nil || len(p.Entries) != len(list) {
		t.Fatalf("%v, %d calls", err, len(p.Entries))
	}
	for i := range p.Entries {
		if got, want := p.Entries[i].Call.Caller.Number.E164, list[len(list)-1-i].Call.Caller.Number.E164; got != want {
			t.Errorf("call %d is of %s, not %s", i, got, want)
		}
	}
	last, found, err := j.LastCall(t.Context(), "a")
	if want := list[len(list)-1].Call.Caller.Number.E164; err != nil || !found || last.Caller.Number.E164 != want {
		t.Errorf("%v, the last call is of %s, not %s", err, last.Caller.Number.E164, want)
	}
}

func TestBackfill(t *testing.T) {
	j := open(t)
	ctx := t.Context()
	m := newMaker(1)
	m.now = m.now.Add(30 * time.Second)
	seen := m.missed("03023125123")
	again := seen
	again.ID, again.Started, again.Stamp = m.ids.Next(m.now.Add(10*time.Second)), m.now.Add(10*time.Second), m.now.Add(10*time.Second)
	away, out := m.missed("03023125123"), m.dialled("06990009123", 70*time.Second)
	away.Started, away.Stamp = away.Started.Add(time.Hour), away.Stamp.Add(time.Hour)
	goesOn := m.missed("03023125129")
	goesOn.Outcome = call.OutcomeNone
	record(t, j, "a", seen, again)
	list := []Listed{listed(14, out), listed(13, away), listed(12, again), listed(11, seen), listed(15, goesOn)}
	done, err := j.Backfill(ctx, "a", list)
	if err != nil || len(done.Added) != 2 {
		t.Fatalf("%v, %+v", err, done)
	}
	for _, c := range done.Added {
		e, err := j.Call(ctx, c.ID)
		if err != nil || e.Call.Phase != call.Ended || !e.Listed {
			t.Errorf("%v, %+v", err, e)
		}
	}
	done, err = j.Backfill(ctx, "a", list)
	if err != nil || len(done.Added)+len(done.Filled) != 0 {
		t.Errorf("again: %v, %+v", err, done)
	}
	if n := len(page(t, j, Filter{})); n != 4 {
		t.Errorf("%d calls", n)
	}
	// The box was reset and counts from the beginning: its first call is a new one.
	late := m.missed("03023125123")
	late.Started, late.Stamp = late.Started.Add(5*time.Hour), late.Stamp.Add(5*time.Hour)
	fresh := listed(11, late)
	fresh.Epoch = "2"
	if done, err := j.Backfill(ctx, "a", []Listed{fresh}); err != nil || len(done.Added) != 1 {
		t.Errorf("a new epoch: %v, %+v", err, done)
	}
	if done, err := j.Backfill(ctx, "b", list[:1]); err != nil || len(done.Added) != 1 {
		t.Errorf("another box: %v, %+v", err, done)
	}
}

// TestRepeatedHour: the list says an hour twice at the end of summer time, and not which
// one it means. A call of the second one is filled in, not added; who called at the same
// minute of both stays two calls.
func TestRepeatedHour(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	first := m.missed("03023125123")
	m.now = m.now.Add(time.Hour)
	second, third := m.missed("03023125123"), m.missed("03023125124")
	summer := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).In(testkit.Berlin)
	first.Stamp, second.Stamp, third.Stamp = summer, summer.Add(time.Hour), summer.Add(time.Hour+5*time.Second)
	record(t, j, "a", first, second, third)
	list := []Listed{listed(1, first), listed(2, second), listed(3, third)}
	for i := range list {
		var err error
		list[i].Call.Started, err = time.ParseInLocation("02.01.06 15:04", "25.10.26 02:30", testkit.Berlin)
		if err != nil {
			t.Fatal(err)
		}
		list[i].Call.Extension = call.Extension(strconv.Itoa(10 + i))
	}
	done, err := j.Backfill(t.Context(), "a", list)
	if err != nil || len(done.Added) != 0 || len(done.Filled) != 3 {
		t.Errorf("%v, %+v", err, done)
	}
	for i, c := range []call.Call{first, second, third} {
		if e, err := j.Call(t.Context(), c.ID); err != nil || e.Call.Extension != call.Extension(strconv.Itoa(10+i)) {
			t.Errorf("%v, %+v", err, e)
		}
	}
}

// TestBackfillKeepsToTheRetention: what the box still lists from before is not taken over.
func TestBackfillKeepsToTheRetention(t *testing.T) {
	j := open(t, func(o *Options) { o.RetentionDays = 1; o.Now = func() time.Time { return day.Add(50 * time.Hour) } })
	m := newMaker(1)
	old := m.missed("06990009123")
	m.now = day.Add(40 * time.Hour)
	fresh := m.missed("06990009124")
	for range 2 {
		done, err := j.Backfill(t.Context(), "a", []Listed{listed(1, old), listed(2, fresh)})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range done.Added {
			if c.Peer().Number != fresh.Caller.Number {
				t.Errorf("added: %+v", c)
			}
		}
	}
	if got := page(t, j, Filter{}); len(got) != 1 {
		t.Errorf("%d calls", len(got))
	}
	if _, known, _ := j.Caller(t.Context(), old.Caller.Number); known {
		t.Error("the old caller is known")
	}
}
