package call_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestTurnedAway: the CONNECT of our own phone is no answer, whatever comes in which order; a
// phone of the house that was first has the call.
func TestTurnedAway(t *testing.T) {
	const pest = "06990009666"
	type step func(*call.Tracker, []call.Transition) []call.Transition
	on := func(ev call.Event) step {
		return func(t *call.Tracker, dst []call.Transition) []call.Transition { return t.Apply(dst, ev) }
	}
	id := func(t *call.Tracker) call.ID {
		if active := t.Active(); len(active) > 0 {
			return active[len(active)-1].ID
		}
		return ""
	}
	turn := func(action call.Action, may bool) step {
		return func(tr *call.Tracker, dst []call.Transition) []call.Transition {
			if got := tr.Turn(id(tr), action); got != may {
				t.Errorf("turn: %v, want %v", got, may)
			}
			return dst
		}
	}
	turned := func(silenced bool) step {
		return func(t *call.Tracker, dst []call.Transition) []call.Transition {
			return t.Turned(dst, id(t), silenced, noon.Add(2*time.Second))
		}
	}
	declined := func(after time.Duration) step {
		return func(t *call.Tracker, dst []call.Transition) []call.Transition {
			t.Declined(id(t), noon.Add(after))
			return dst
		}
	}
	invited := func(t *call.Tracker, dst []call.Transition) []call.Transition {
		ev := at(0, ring(0, pest))
		ev.Stamp = time.Time{}
		return t.Invited(dst, ev)
	}
	over := func(elsewhere bool) step {
		return func(t *call.Tracker, dst []call.Transition) []call.Transition {
			return t.InvitedOver(dst, id(t), elsewhere, noon.Add(3*time.Second))
		}
	}
	down := func(t *call.Tracker, dst []call.Transition) []call.Transition {
		return t.LoseMonitored(dst, noon.Add(time.Second))
	}
	s := time.Second
	for name, test := range map[string]struct {
		steps []step
		want  string
	}{
		"hangup": {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, connect(0, "20"))), turned(true), on(at(2*s, hangup(0, 0)))},
			"ring ringing, reject ended rejected"},
		"the CONNECT behind":   {[]step{on(at(0, ring(0, pest))), turn(call.Announced, true), turned(true), on(at(2*s, connect(0, "20"))), on(at(9*s, hangup(0, 7)))}, "ring ringing, reject ended announced"},
		"the end before":       {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, connect(0, "20"))), on(at(s, hangup(0, 0))), turned(true)}, "ring ringing, reject ended rejected"},
		"no extension":         {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, connect(0, ""))), turned(true)}, "ring ringing, reject ended rejected"},
		"a handset was first":  {[]step{on(at(0, ring(0, pest))), on(at(s, connect(0, "10"))), turn(call.ActionRejected, false), on(at(9*s, hangup(0, 8)))}, "ring ringing, ringing ringing, answer talking, end ended none"},
		"a handset meanwhile":  {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, connect(0, "10"))), turned(true), on(at(9*s, hangup(0, 8)))}, "ring ringing, ringing ringing, answer talking, end ended none"},
		"not ours after all":   {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, connect(0, "21"))), turned(false), on(at(9*s, hangup(0, 8)))}, "ring ringing, ringing ringing, answer talking, end ended none"},
		"he was first":         {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, hangup(0, 0))), turned(false)}, "ring ringing, ringing ringing, miss ended none"},
		"he was gone before":   {[]step{on(at(0, ring(0, pest))), on(at(s, hangup(0, 0))), turn(call.ActionRejected, false)}, "ring ringing, ringing ringing, miss ended none"},
		"the id used again":    {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), on(at(s, connect(0, "20"))), on(at(s, hangup(0, 0))), on(at(s, ring(0, "03023125123"))), on(at(5*s, hangup(0, 0)))}, "ring ringing, ring ringing, ringing ringing, miss ended none"},
		"link lost meanwhile":  {[]step{on(at(0, ring(0, pest))), turn(call.ActionRejected, true), down, turned(true)}, "ring ringing, reject ended rejected"},
		"declined":             {[]step{on(at(0, ring(0, pest))), declined(s), on(at(2*s, hangup(0, 0)))}, "ring ringing, reject ended rejected"},
		"declined, rings on":   {[]step{on(at(0, ring(0, pest))), declined(s), on(at(9*s, hangup(0, 0)))}, "ring ringing, ringing ringing, miss ended none"},
		"declined, answered":   {[]step{on(at(0, ring(0, pest))), declined(s), on(at(2*s, connect(0, "10"))), on(at(3*s, hangup(0, 1)))}, "ring ringing, ringing ringing, answer talking, end ended none"},
		"no call monitor":      {[]step{invited, turn(call.ActionRejected, true), turned(true)}, "ring ringing, reject ended rejected"},
		"only invited, missed": {[]step{invited, down, over(false)}, "ring ringing, ringing ringing, miss ended none"},
		"invited, elsewhere":   {[]step{invited, over(true)}, "ring ringing, ringing ringing, answer talking, end ended none"},
		"the RING behind":      {[]step{invited, on(at(s, ring(3, pest))), over(false), on(at(4*s, hangup(3, 0)))}, "ring ringing, ringing ringing, miss ended none"},
		"a RING of another":    {[]step{invited, on(at(s, ring(3, "03023125123"))), on(at(4*s, hangup(3, 0))), over(false)}, "ring ringing, ring ringing, ringing ringing, miss ended none, ringing ringing, miss ended none"},
	} {
		tracker := newTracker(t)
		var steps []call.Transition
		for _, do := range test.steps {
			steps = do(tracker, steps)
		}
		got := ""
		for i, step := range steps {
			if i > 0 {
				got += ", "
			}
			got += step.Type.String() + " " + step.Call.Phase.String()
			if step.Type.Closing() {
				got += " " + step.Call.Action.String()
			}
			if (step.Type == call.EventReject) != (step.Call.Outcome == call.Rejected) {
				t.Errorf("%s: %s with outcome %s", name, step.Type, step.Call.Outcome)
			}
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
}

// TestMachineTakesSpam: nobody hears of a caller who is not to ring when the answering machine
// takes him.
func TestMachineTakesSpam(t *testing.T) {
	for _, test := range []struct {
		unwelcome bool
		by        call.Extension
		want      []call.TransitionType
	}{
		{true, "40", []call.TransitionType{call.EventRing, call.EventVoicemail, call.EventEnd}},
		{false, "40", []call.TransitionType{call.EventRing, call.EventRinging, call.EventVoicemail, call.EventEnd}},
		{true, "10", []call.TransitionType{call.EventRing, call.EventRinging, call.EventAnswer, call.EventEnd}},
	} {
		tracker := newTracker(t)
		tracker.Judge = func(*call.Call) call.Opinion { return call.Opinion{Unwelcome: test.unwelcome} }
		var got []call.TransitionType
		for _, ev := range []call.Event{at(0, ring(0, "06990009666")), at(20*time.Second, connect(0, test.by)), at(30*time.Second, hangup(0, 10))} {
			for _, step := range tracker.Apply(nil, ev) {
				got = append(got, step.Type)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
