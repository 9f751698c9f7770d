package journal

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// TestStorm of calls within one millisecond is written about as fast as calls of many,
// and in the order in which they came.
func TestStorm(t *testing.T) {
	testkit.Long(t)
	const calls, times = 3000, 8
	write := func(step time.Duration) time.Duration {
		j := open(t)
		m, ids := newMaker(8), newMaker(9).ids
		var want []call.ID
		for i := range calls {
			c := m.missed("")
			c.ID = ids.Next(day.Add(time.Duration(i) * step))
			want = append(want, c.ID)
			j.Record("a", c)
		}
		from := time.Now()
		if err := j.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(from)
		newest := page(t, j, Filter{Limit: 100})
		for i, id := range newest {
			if id != want[calls-1-i] {
				t.Fatalf("call %d from the end is another one", i)
			}
		}
		return took
	}
	apart, together := write(time.Second), write(0)
	t.Logf("%v apart, %v within a millisecond", apart, together)
	if together > times*apart {
		t.Errorf("a storm takes %.1f times as long", together.Seconds()/apart.Seconds())
	}
}
