package call_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// FuzzTracker feeds events in any order, lost and repeated, and holds the
// Tracker to its promises. Each event is four bytes: kind, connection,
// seconds since the one before, duration, extension or numbers.
func FuzzTracker(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 3, 0, 4, 10, 4, 0, 9, 9})
	f.Add([]byte{2, 1, 0, 0, 2, 1, 0, 0, 4, 1, 0, 30, 5, 0, 0, 0})
	f.Add([]byte{1, 0, 0, 0, 3, 0, 4, 40, 1, 0, 9, 0, 6, 0, 250, 0})
	f.Add([]byte{1, 1, 0, 0, 2, 3, 0, 0, 4, 3, 20, 0, 4, 1, 0, 0})
	f.Add([]byte{1, 0, 0, 0, 10, 0, 0, 0, 3, 0, 1, 2, 11, 0, 0, 0, 4, 0, 1, 0})
	f.Add([]byte{9, 0, 0, 0, 10, 0, 0, 0, 1, 3, 0, 0, 4, 3, 1, 0, 8, 0, 0, 0, 11, 0, 0, 1})
	numbers := []string{"01713920055", "23125732", "", "0800234567(03023125900)", "03023125069", "**62", "03023125900"}
	ours := []string{"", "493023125732", "493023125069", "62"}
	f.Fuzz(func(t *testing.T, story []byte) {
		tracker := newTracker(t)
		now := noon
		open, announced := map[call.ID]bool{}, map[call.ID]bool{}
		tracker.Known = func(p call.Party) bool { return p.Number.Raw == numbers[0] }
		mayReject := map[call.ID]bool{}
		var last call.ID
		check := func(steps []call.Transition) {
			for _, s := range steps {
				c := s.Call
				switch {
				case s.Type.Opening():
					if c.ID <= last {
						t.Fatalf("id %s does not sort after %s", c.ID, last)
					}
					last, open[c.ID] = c.ID, true
				case !open[c.ID]:
					t.Fatalf("%s of a call that is not open", s.Type)
				case s.Type == call.EventRinging:
					if announced[c.ID] || c.Phase != call.Ringing {
						t.Fatalf("announced again, or in phase %s", c.Phase)
					}
					announced[c.ID] = true
				case s.Type == call.EventBlock && announced[c.ID],
					(s.Type == call.EventAnswer || s.Type == call.EventMiss) && c.Direction == call.Incoming && !announced[c.ID]:
					t.Fatalf("%s of a call that was announced: %v", s.Type, announced[c.ID])
				}
				if (s.Type == call.EventReject) != (c.Outcome == call.Rejected) || s.Type == call.EventReject && (!mayReject[c.ID] || !c.Answered.IsZero()) {
					t.Fatalf("%s, outcome %s, of a call that we have touched: %v", s.Type, c.Outcome, mayReject[c.ID])
				}
				if s.Type.Closing() {
					delete(open, c.ID)
					if c.Outcome == call.OutcomeNone || c.Phase != call.Ended || c.Ended.IsZero() {
						t.Fatalf("closing %s leaves phase %s, outcome %s", s.Type, c.Phase, c.Outcome)
					}
				}
				if !slices.Contains(ours, c.MSN) {
					t.Fatalf("%s is an own number", c.MSN)
				}
				if s.Type.Closing() != (c.Phase == call.Ended) || c.Ring < 0 || c.Talk < 0 {
					t.Fatalf("%s: phase %s ring %v talk %v", s.Type, c.Phase, c.Ring, c.Talk)
				}
			}
			seen := map[call.ConnectionID]bool{}
			for _, c := range tracker.Active() {
				if seen[c.Connection] || !open[c.ID] || !c.Active() {
					t.Fatalf("active calls are wrong: %v", tracker.Active())
				}
				seen[c.Connection] = true
			}
			if len(open) != len(seen) || len(seen) > call.MaxActive {
				t.Fatalf("%d calls open, %d active", len(open), len(seen))
			}
			a := call.Summarize(tracker.Active())
			if a.Active != len(seen) || (a.Call == nil) != (len(seen) == 0) || len(seen) > 0 && len(a.Others) != len(seen)-1 {
				t.Fatalf("aggregate of %d calls is wrong", len(seen))
			}
		}
		for ; len(story) >= 4; story = story[4:] {
			now = now.Add(time.Duration(int8(story[2])) * time.Second)
			ev := call.Event{Kind: call.Kind(story[0] % 14), Connection: call.ConnectionID(story[1]), Received: now, Stamp: now, Caller: "01713920055", Callee: "23125732"}
			switch ev.Kind {
			case call.Ring:
				ev.Caller = numbers[int(story[3])%len(numbers)]
			case call.Dial:
				ev.Caller, ev.Callee = numbers[int(story[3])%len(numbers)], numbers[int(story[3])/len(numbers)%len(numbers)]
			case call.Connect:
				ev.Extension = call.Extension([]string{"10", "40", "", "x"}[story[3]%4])
			case call.Disconnect:
				ev.Duration = time.Duration(story[3]) * time.Second
			case 5:
				check(tracker.Expire(nil, now))
				continue
			case 7:
				check(tracker.Announce(nil, now))
				continue
			case 6:
				check(tracker.LoseAll(nil, now))
				continue
			case 8:
				check(tracker.LoseMonitored(nil, now))
				continue
			case 9:
				ev.Caller = numbers[int(story[3])%len(numbers)]
				check(tracker.Invited(nil, ev))
				continue
			case 10, 11, 12, 13: // about one of the calls that go on
				active := tracker.Active()
				if len(active) == 0 {
					continue
				}
				c := active[int(story[1])%len(active)]
				switch ev.Kind {
				case 10:
					if tracker.Turn(c.ID, call.ActionRejected) && (c.Phase != call.Ringing || c.Direction != call.Incoming) {
						t.Fatalf("our phone takes a call that is %s", c.Phase)
					}
					mayReject[c.ID] = true
				case 11:
					check(tracker.Turned(nil, c.ID, story[3]%2 == 0, now))
				case 12:
					tracker.Declined(c.ID, now)
					mayReject[c.ID] = true
				case 13:
					check(tracker.InvitedOver(nil, c.ID, story[3]%2 == 0, now))
				}
				continue
			}
			check(tracker.Apply(nil, ev))
		}
		check(tracker.LoseAll(nil, now))
		if len(open) != 0 {
			t.Fatalf("%d calls never ended", len(open))
		}
	})
}
