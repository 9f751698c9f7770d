package fritztest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/monitor"
	"github.com/callporter/callporter/fritz/fritztest/sip"
)

// appExtension is that of FRITZ!App Fon, the last of the IP phones.
const appExtension = 29

// accounts are the IP phones that are set up, as the registrar knows them.
func (b *Box) accounts() []sip.Account {
	var list []sip.Account
	for _, p := range b.IPPhones() {
		internal, err := strconv.Atoi(p.Internal)
		if err != nil {
			continue
		}
		list = append(list, sip.Account{
			Extension: internal - 600, Name: p.Name, Username: p.Username, Password: p.Password,
			Numbers: strings.FieldsFunc(p.Numbers, func(r rune) bool { return r < '0' || r > '9' }),
		})
	}
	return list
}

// bells are the phones of the house.
func (b *Box) bells() []sip.Bell {
	var list []sip.Bell
	for _, p := range b.HousePhones() {
		list = append(list, sip.Bell{Extension: p.Extension, Name: p.Name})
	}
	return append(list, sip.Bell{Extension: appExtension, Name: "FRITZ!App Fon", App: true})
}

// RingInside begins a call from inside the house: from a phone such as **622, a door station
// such as **11, to one phone such as **620 or to all, **9. The call monitor and the call list
// show nothing of it. The caller is shown under the display name of the options.
func (b *Box) RingInside(caller, called string, o CallOptions) *Call {
	return b.begin(&Call{caller: caller, called: called, inside: true, unseen: true}, o)
}

// ring lets the phones of the house ring. again is nil for a call that has been delivered again.
// b.mu is held.
func (c *Call) ring(o CallOptions, later func()) {
	in := sip.Incoming{Name: o.Display, Taken: c.takenBy, Over: c.overBy, Later: later}
	in.Caller, _, _ = strings.Cut(c.caller, "(")
	in.Caller = strings.TrimSpace(in.Caller)
	in.Called = c.called
	if in.Name == "" && !c.inside && c.box.SIPAddr() != nil {
		in.Name = c.box.NameOf(in.Caller)
	}
	if in.Called != "" && strings.Trim(in.Called[:1], "0+*") != "" {
		in.Called = c.box.opt.AreaCode + in.Called
	}
	if !c.again {
		in.Again = func() {
			c.box.begin(&Call{caller: c.caller, called: c.called, again: true}, CallOptions{Trunk: c.trunk, Display: o.Display})
		}
	}
	c.phones = c.box.Registrar.Ring(in)
}

// takenBy is an IP phone that has answered.
func (c *Call) takenBy(extension int) bool {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	if c.connected || c.box.calls[c.id] != c {
		return false
	}
	c.take(extension)
	c.write(monitor.Connect(c.box.clock.wall(), c.id, extension, c.other()))
	return true
}

// overBy is an IP phone that has hung up, or has ended the call by a status.
func (c *Call) overBy(int) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	if c.box.calls[c.id] != c {
		return
	}
	line := c.closing(-1)
	c.leave(-1)
	c.write(line)
}

// write writes lines of a call that is shown on the call monitor. b.mu is held.
func (c *Call) write(lines ...monitor.Line) {
	if !c.unseen {
		c.box.Write(lines...)
	}
}

// Rang is how long phones of the house have rung for this call, registered IP phones aside, in
// real time. It does not grow any more once the house is silent.
func (c *Call) Rang() time.Duration { return c.sounds().Rang() }

// Heard is what the caller has heard of the IP phone that has answered.
func (c *Call) Heard() sip.Heard { return c.sounds().Heard() }

// Press lets the caller press keys (0 to 9, * and #) in a call that an IP phone has answered.
func (c *Call) Press(keys string) error { return c.sounds().Press(keys) }

// Refresh lets the box renew the session of a call that an IP phone has answered, by INVITE or
// UPDATE; answered may be nil. See sip.Call.Refresh.
func (c *Call) Refresh(method string, answered func(status int)) error {
	return c.sounds().Refresh(method, answered)
}

func (c *Call) sounds() *sip.Call {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	return c.phones
}

// PhonesText says for people which phones ring and which IP phones are registered.
func (b *Box) PhonesText() string {
	s := b.SIPState()
	var ringing, registered []string
	for _, p := range s.House.Ringing {
		ringing = append(ringing, fmt.Sprintf("%s (%d)", p.Name, p.Extension))
	}
	for _, p := range s.Phones {
		what := fmt.Sprintf("%s (%d)", p.Name, p.Extension)
		for _, l := range s.Legs {
			if l.Extension == p.Extension {
				what += " " + l.State
			}
		}
		registered = append(registered, what)
	}
	list := func(all []string) string { return cmp.Or(strings.Join(all, ", "), "none") }
	return fmt.Sprintf("ringing: %s; registered: %s; the house has rung for %v", list(ringing), list(registered), s.House.Rang.Round(time.Millisecond))
}

// WaitSilent waits until no phone of the house rings. The error says which ones still do.
func (b *Box) WaitSilent(ctx context.Context) error {
	if b.Wait(ctx, func(s State) bool { return s.House.Silent() }) != nil {
		return errors.New("the house is not silent: " + b.PhonesText())
	}
	return nil
}
