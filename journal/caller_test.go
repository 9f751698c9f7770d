package journal

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/google/go-cmp/cmp"
)

func TestCaller(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	calls := []call.Call{m.missed("03023125123"), m.answered("03023125123", 3*time.Second), m.answered("030 23125123", 2*time.Minute), m.dialled("03023125123", time.Minute)}
	record(t, j, "a", calls[:2]...)
	record(t, j, "b", calls[1:]...) // one of them again
	got, ok, err := j.Caller(t.Context(), number("03023125123"))
	want := Caller{Number: "+493023125123", First: calls[0].Started, Last: calls[3].Started, Calls: 3, Dialled: 1, Answered: 2, EarlyHungUp: 1, Talked: 183 * time.Second}
	if diff := cmp.Diff(want, got, sameTime); !ok || err != nil || diff != "" {
		t.Errorf("%v, %v\n%s", ok, err, diff)
	}
	for _, n := range []string{"03023125199", ""} {
		if _, ok, err := j.Caller(t.Context(), number(n)); ok || err != nil {
			t.Errorf("%q is known: %v", n, err)
		}
	}
}
