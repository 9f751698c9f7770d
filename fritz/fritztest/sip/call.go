package sip

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Incoming is a call that is to ring.
type Incoming struct {
	Caller string // user part of From; "" = withheld; "**622" = from inside
	Name   string // display name; "" = none
	Called string // own number, or an internal one: **9 all phones, **620 one of them

	// Taken hears that an IP phone has answered, and says whether the call is its own now.
	// Over hears that it has hung up, or by which final status it has ended the call for the
	// house. Later is called as long behind the INVITE as RING follows it; nil = nobody asks.
	// Again delivers the call once more, as Settings.Redeliver wants it; nil = not again. All
	// are called without any lock held.
	Taken func(extension int) bool
	Over  func(status int)
	Later func()
	Again func()
}

// Call is a call as the phones hear it.
type Call struct {
	r     *Registrar
	in    Incoming
	legs  []*leg
	app   *timer // wakes FRITZ!App Fon
	quiet bool   // FRITZ!App Fon does not wake any more
	taken bool   // somebody has answered
	rang  rangFor
}

// inside reports whether a number is one of the house.
func inside(number string) bool { return strings.HasPrefix(number, "**") }

// rings reports whether a phone with this extension is called.
func (in Incoming) rings(extension int) bool {
	if !inside(in.Called) || in.Called == "**9" {
		return true
	}
	return in.Called == internalNumber(extension)
}

// Ring lets the house and the registered IP phones ring.
func (r *Registrar) Ring(in Incoming) *Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &Call{r: r, in: in}
	r.calls[c] = struct{}{}
	now := time.Now()
	for _, b := range r.opt.Bells() {
		switch {
		case !in.rings(b.Extension):
		case b.App:
			c.app = r.after(r.set.AppWake, func() {
				r.locked(func() {
					if !c.quiet && !c.taken {
						r.begin(c, b, time.Now())
					}
				})
			})
		default:
			r.begin(c, b, now)
		}
	}
	if r.set.Gap > 0 {
		r.after(r.set.Gap, func() { r.locked(func() { r.invite(c) }) })
	} else {
		r.invite(c)
	}
	if in.Later != nil {
		r.after(-r.set.Gap, in.Later)
	}
	return c
}

// invite sends the INVITEs of a call. r.mu is held.
func (r *Registrar) invite(c *Call) {
	if _, rings := r.calls[c]; !rings || c.taken {
		return
	}
	busy := 0
	for other := range r.calls {
		if other != c && slices.ContainsFunc(other.legs, (*leg).active) {
			busy++
		}
	}
	list := slices.SortedFunc(maps.Values(r.bindings), func(x, y *binding) int { return cmp.Compare(x.account.Extension, y.account.Extension) })
	for _, b := range list {
		switch {
		case !c.in.rings(b.account.Extension) || !inside(c.in.Called) && !b.account.rings(c.in.Called):
		case busy >= r.set.Limit:
			r.count.Unsent++
		default:
			c.legs = append(c.legs, r.newLeg(c, b))
		}
	}
}

// Connected tells the phones that an extension has answered: all others fall silent.
func (c *Call) Connected(extension int) {
	if c == nil {
		return
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.silence()
	for _, l := range c.legs {
		if !(l.state == up && l.account.Extension == extension) {
			l.end(true)
		}
	}
}

// End tells the phones that the call is over.
func (c *Call) End() {
	if c == nil {
		return
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.over()
}

// over ends the call for all phones. r.mu is held.
func (c *Call) over() {
	c.silence()
	for _, l := range c.legs {
		l.end(false)
	}
	delete(c.r.calls, c)
}

// silence stops the bells. r.mu is held.
func (c *Call) silence() {
	c.taken = true
	c.app.stop()
	c.r.silence(c)
}

// refused is an IP phone that does not want the call; it returns what to call without r.mu.
func (c *Call) refused(status int, late bool) []func() {
	if status == 486 || !late {
		c.quiet = true
	}
	if !slices.Contains(c.r.set.Ends, status) || c.taken {
		return nil
	}
	c.over()
	c.rejected()
	return []func(){func() { c.in.Over(status) }}
}

// rejected lets the provider deliver a call again that an IP phone has ended. r.mu is held.
func (c *Call) rejected() {
	if c.r.set.Redeliver > 0 && c.in.Again != nil {
		c.r.after(c.r.set.Redeliver, c.in.Again)
	}
}
