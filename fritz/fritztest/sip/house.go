package sip

import (
	"slices"
	"strconv"
	"time"
)

// bell is a phone of the house that rings.
type bell struct {
	Bell
	call  *Call
	since time.Time
}

// rangFor adds up the time during which at least one of several bells rings.
type rangFor struct {
	ringing int
	since   time.Time
	total   time.Duration
}

func (g *rangFor) begin(now time.Time) {
	if g.ringing++; g.ringing == 1 {
		g.since = now
	}
}

func (g *rangFor) end(now time.Time, n int) {
	if n == 0 {
		return
	}
	if g.ringing -= n; g.ringing == 0 {
		g.total += now.Sub(g.since)
	}
}

func (g *rangFor) now() time.Duration {
	if g.ringing > 0 {
		return g.total + time.Since(g.since)
	}
	return g.total
}

// house is all phones but the registered ones.
type house struct {
	bells []*bell
	rang  rangFor
}

// begin lets a phone ring. r.mu is held.
func (r *Registrar) begin(c *Call, b Bell, now time.Time) {
	x := &bell{b, c, now}
	r.house.bells = append(r.house.bells, x)
	r.house.rang.begin(now)
	c.rang.begin(now)
}

// silence stops the bells of a call. r.mu is held.
func (r *Registrar) silence(c *Call) {
	before := len(r.house.bells)
	r.house.bells = slices.DeleteFunc(r.house.bells, func(b *bell) bool { return b.call == c })
	n, now := before-len(r.house.bells), time.Now()
	r.house.rang.end(now, n)
	c.rang.end(now, n)
}

// Rang is how long phones of the house have rung for this call, IP phones that register
// aside: 0 until one does, and no longer growing once the house is silent. It counts real time,
// also where a script is played fast.
func (c *Call) Rang() time.Duration {
	if c == nil {
		return 0
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	return c.rang.now()
}

// internalNumber is how an extension is dialled inside the house.
func internalNumber(extension int) string {
	switch {
	case extension < 10:
		return "**" + strconv.Itoa(extension+1)
	default:
		return "**" + strconv.Itoa(extension+600)
	}
}

// House is what the phones of the house do.
type House struct {
	Ringing []Phone       `json:"ringing"` // at this moment; empty = the house is silent
	Rang    time.Duration `json:"rang_ns"` // how long at least one of them has rung in all
}

// Phone is a phone of the house that rings.
type Phone struct {
	Extension int       `json:"extension"`
	Name      string    `json:"name"`
	Since     time.Time `json:"since"`
}

// Silent reports whether no phone rings.
func (h House) Silent() bool { return len(h.Ringing) == 0 }

// House returns which phones ring: analog ones, DECT and FRITZ!App Fon. An IP phone that is
// registered shows in SIPState instead.
func (r *Registrar) House() House {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.houseState()
}

func (r *Registrar) houseState() House {
	h := House{Ringing: []Phone{}, Rang: r.house.rang.now()}
	for _, b := range r.house.bells {
		h.Ringing = append(h.Ringing, Phone{b.Extension, b.Name, b.since})
	}
	return h
}
