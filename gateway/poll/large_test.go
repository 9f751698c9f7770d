package poll_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestManyContacts: ten thousand contacts are read while it rings, and no ring waits
// for them.
func TestManyContacts(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Access.Client.Silence, h.Options.Timing.Access.Client.Whole = gatewaytest.Patience, 3*gatewaytest.Patience
	})
	const contacts = 10_000
	h.AddBook("Groß")
	if err := h.Box.FillPhonebook("Groß", contacts); err != nil {
		t.Fatal(err)
	}
	// Each ring is another caller's, as in a house: each line of the box's call list is
	// compared with the newest 200 calls of its number, which takes minutes here if one
	// number makes them all.
	rings := 0
	latency := func(what string, until func() bool) time.Duration {
		t.Helper()
		var all []time.Duration
		pace := time.NewTicker(5 * time.Millisecond)
		defer pace.Stop()
		for late := time.Now().Add(6 * gatewaytest.Patience); len(all) < 50 || !until(); <-pace.C {
			if time.Now().After(late) {
				t.Fatalf("gave up waiting until %s: %s", what, h.Heard.Newest(h.Topic("health")))
			}
			began := time.Now()
			number, _ := gatewaytest.Caller(rings % 3000)
			c := h.Ring(number)
			rings++
			h.WantEvents("ring")
			all = append(all, time.Since(began))
			c.Disconnect(0)
			h.NextEvent()
		}
		slices.Sort(all)
		t.Logf("%s: %d rings, median %v, worst %v", what, len(all), all[len(all)/2], all[len(all)-1])
		return all[len(all)/2]
	}
	h.WantCode("refresh", "PRESS", "ok")
	known := func() bool { return healthHas(h.Site, `"name":"Groß","entries":10000`) }
	read := latency("the phonebook is read", known)
	if limit := 250 * time.Millisecond; read > limit {
		t.Errorf("a ring took %v", read)
	}
	if name := h.MissedFrom("0302312500000").Caller.Name; name == "" {
		t.Error("the first contact has no name")
	}
}

// TestContactsInMemory: ten thousand contacts, with all that is made of them to find
// names by, take at most 8 MB of a gateway. It runs alone: the heap is that of the
// process.
func TestContactsInMemory(t *testing.T) {
	testkit.Long(t)
	h := gatewaytest.OpenFurnished(t)
	const contacts = 10_000
	h.AddBook("Groß")
	heap := func() int64 {
		runtime.GC()
		runtime.GC() // what the first one has let go
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	h.WantCode("refresh", "PRESS", "ok")
	h.Heard.Until("the empty book is read", func() bool { return healthHas(h.Site, `"name":"Groß","entries":0`) })
	if err := h.Box.FillPhonebook("Groß", contacts); err != nil {
		t.Fatal(err)
	}
	before := heap() // the box has them
	h.WantCode("refresh", "PRESS", "ok")
	h.Heard.Until("the phonebook is read", func() bool { return healthHas(h.Site, `"name":"Groß","entries":10000`) })
	grown := heap() - before
	t.Logf("%d KiB for %d contacts", grown>>10, contacts)
	if grown > 8<<20 {
		t.Errorf("%d KiB for %d contacts, at most 8 MiB are promised", grown>>10, contacts)
	}
	if grown < 100<<10 {
		t.Errorf("%d KiB: nothing was measured", grown>>10)
	}
	if name := h.MissedFrom("0302312500000").Caller.Name; name == "" {
		t.Error("the first contact has no name")
	}
}

// healthHas reports whether the newest health document contains a text.
func healthHas(s *gatewaytest.Site, part string) bool {
	return strings.Contains(s.House.Heard.Newest(s.Topic("health")), part)
}
