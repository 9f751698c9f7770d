package discovery_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/discovery"
)

func doc(topic, payload string) discovery.Document {
	return discovery.Document{Topic: topic, Payload: []byte(payload)}
}

// told is what an Announcer published, as "topic=payload", and when to ask again.
type dueResult struct {
	Docs []string
	Next time.Duration // since the start; 0 = not
}

func due(a *discovery.Announcer, start time.Time, at time.Duration) dueResult {
	docs, next := a.Due(start.Add(at))
	var got dueResult
	for _, d := range docs {
		got.Docs = append(got.Docs, d.Topic+"="+string(d.Payload))
	}
	if !next.IsZero() {
		got.Next = next.Sub(start)
	}
	return got
}

func TestAnnouncer(t *testing.T) {
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	const s = time.Second
	type step struct {
		at   time.Duration
		want []discovery.Document // nil: nothing new is wanted
		told dueResult
	}
	none := []discovery.Document{}
	for name, steps := range map[string][]step{
		"nothing wanted": {{at: 0}},
		"at once, once": {
			{0, []discovery.Document{doc("b", "1"), doc("a", "1")}, dueResult{Docs: []string{"a=1", "b=1"}}},
			{at: 9 * s},
		},
		"an identical set is no news": {
			{0, []discovery.Document{doc("a", "1")}, dueResult{Docs: []string{"a=1"}}},
			{9 * s, []discovery.Document{doc("a", "1")}, dueResult{}},
		},
		"a change waits for the gap": {
			{0, []discovery.Document{doc("a", "1")}, dueResult{Docs: []string{"a=1"}}},
			{1 * s, []discovery.Document{doc("a", "2")}, dueResult{Next: 5 * s}},
			{4999 * time.Millisecond, nil, dueResult{Next: 5 * s}},
			{5 * s, nil, dueResult{Docs: []string{"a=2"}}},
			{6 * s, []discovery.Document{doc("a", "3")}, dueResult{Next: 10 * s}},
		},
		"only the last of several changes goes out": {
			{0, []discovery.Document{doc("a", "1")}, dueResult{Docs: []string{"a=1"}}},
			{1 * s, []discovery.Document{doc("a", "2")}, dueResult{Next: 5 * s}},
			{2 * s, []discovery.Document{doc("a", "3")}, dueResult{Next: 5 * s}},
			{7 * s, nil, dueResult{Docs: []string{"a=3"}}},
		},
		"a change taken back is none": {
			{0, []discovery.Document{doc("a", "1")}, dueResult{Docs: []string{"a=1"}}},
			{1 * s, []discovery.Document{doc("a", "2")}, dueResult{Next: 5 * s}},
			{2 * s, []discovery.Document{doc("a", "1")}, dueResult{}},
		},
		"one device does not hold up another": {
			{0, []discovery.Document{doc("a", "1")}, dueResult{Docs: []string{"a=1"}}},
			{1 * s, []discovery.Document{doc("a", "2"), doc("b", "1")}, dueResult{Docs: []string{"b=1"}, Next: 5 * s}},
			{2 * s, []discovery.Document{doc("a", "2"), doc("b", "2")}, dueResult{Next: 5 * s}},
			{5 * s, nil, dueResult{Docs: []string{"a=2"}, Next: 6 * s}},
			{6 * s, nil, dueResult{Docs: []string{"b=2"}}},
		},
		"a device that is gone is removed, and may come back": {
			{0, []discovery.Document{doc("a", "1"), doc("b", "1")}, dueResult{Docs: []string{"a=1", "b=1"}}},
			{6 * s, []discovery.Document{doc("a", "1")}, dueResult{Docs: []string{"b="}}},
			{7 * s, []discovery.Document{doc("a", "1"), doc("b", "1")}, dueResult{Next: 11 * s}},
			{11 * s, nil, dueResult{Docs: []string{"b=1"}}},
			{99 * s, none, dueResult{Docs: []string{"a=", "b="}}},
			{200 * s, none, dueResult{}},
		},
		"a removal goes out once": {
			{0, []discovery.Document{doc("a", "")}, dueResult{Docs: []string{"a="}}},
			{9 * s, nil, dueResult{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var a discovery.Announcer
			for _, step := range steps {
				if step.want != nil {
					a.Want(step.want)
				}
				if diff := cmp.Diff(step.told, due(&a, start, step.at)); diff != "" {
					t.Errorf("at %v (-want +got):\n%s", step.at, diff)
				}
			}
		})
	}
}

func TestAnnouncerNeverTold(t *testing.T) {
	var a discovery.Announcer
	a.Want([]discovery.Document{doc("a", "1"), doc("b", "1")})
	a.Want([]discovery.Document{doc("a", "1")})
	if diff := cmp.Diff(dueResult{Docs: []string{"a=1"}}, due(&a, time.Now(), 0)); diff != "" {
		t.Errorf("what nobody was told of needs no removal (-want +got):\n%s", diff)
	}
}

// TestAnnouncerGap: whatever is wanted whenever, no device is told two different
// things within the gap, and in the end everybody knows the last word.
func TestAnnouncerGap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	var a discovery.Announcer
	var wanted map[string]string
	last, at := map[string]string{}, map[string]time.Time{}
	ask := func() time.Time {
		docs, next := a.Due(now)
		for _, d := range docs {
			if before, known := at[d.Topic]; known && last[d.Topic] != string(d.Payload) && now.Sub(before) < discovery.MinGap {
				t.Fatalf("%s was told %q and %q within %v", d.Topic, last[d.Topic], d.Payload, now.Sub(before))
			}
			last[d.Topic], at[d.Topic] = string(d.Payload), now
		}
		if !next.IsZero() && !next.After(now) {
			t.Fatalf("asked to come back at %v, which is not after %v", next, now)
		}
		return next
	}
	for range 2000 {
		now = now.Add(time.Duration(random.IntN(4000)) * time.Millisecond)
		if random.IntN(2) == 0 {
			wanted = map[string]string{}
			var docs []discovery.Document
			for i := range random.IntN(4) {
				topic, payload := strconv.Itoa(i), strconv.Itoa(random.IntN(3))
				wanted[topic] = payload
				docs = append(docs, doc(topic, payload))
			}
			a.Want(docs)
		}
		ask()
	}
	for next := ask(); !next.IsZero(); next = ask() {
		now = next
	}
	for topic, payload := range last {
		if wanted[topic] != payload {
			t.Errorf("%s: told %q last, should be %q", topic, payload, wanted[topic])
		}
	}
}

// TestAnnouncerRepublished: after a new connection Home Assistant works on all documents
// once more, so the gap begins anew; what waits goes on waiting.
func TestAnnouncerRepublished(t *testing.T) {
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	var a discovery.Announcer
	a.Republished(start)
	a.Want([]discovery.Document{doc("a", "1"), doc("b", "1")})
	a.Republished(start) // of nothing: none was published yet
	var got []dueResult
	got = append(got, due(&a, start, 0))
	a.Republished(start.Add(time.Minute))
	got = append(got, due(&a, start, time.Minute))
	a.Want([]discovery.Document{doc("a", "2"), doc("b", "1"), doc("c", "1")})
	got = append(got, due(&a, start, time.Minute+time.Second))
	got = append(got, due(&a, start, time.Minute+discovery.MinGap))
	want := []dueResult{
		{Docs: []string{"a=1", "b=1"}},
		{},
		{Docs: []string{"c=1"}, Next: time.Minute + discovery.MinGap},
		{Docs: []string{"a=2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnnouncerOtherGap(t *testing.T) {
	start := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	a := discovery.Announcer{Gap: time.Millisecond}
	a.Want([]discovery.Document{doc("a", "1")})
	due(&a, start, 0)
	a.Want([]discovery.Document{doc("a", "2")})
	if diff := cmp.Diff(dueResult{Next: time.Millisecond}, due(&a, start, 0)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(dueResult{Docs: []string{"a=2"}}, due(&a, start, time.Millisecond)); diff != "" {
		t.Error(diff)
	}
}
