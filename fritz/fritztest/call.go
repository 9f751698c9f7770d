package fritztest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/monitor"
	"github.com/callporter/callporter/fritz/fritztest/sip"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
)

// maxCalls is how many calls may be active before Vacant refuses one more.
const maxCalls = 1000

// CallOptions are what a call may have besides its numbers.
type CallOptions struct {
	Name  string // to find the call again in a script; unique among active calls; default "call-1", "call-2", …
	Trunk string // default Options.Trunk
	Lost  bool   // the RING or CALL line is not written: the call exists, but no client sees it begin

	Unseen  bool   // no line is written at all: the call monitor knows nothing of the call
	Display string // display name for IP phones; default: the name in the box's phonebooks
}

// Call is one connection of the box. Its methods write a line even if the call
// has ended meanwhile, as a real box may do. Its id may then belong to another call.
type Call struct {
	box                   *Box
	id                    int
	name                  string
	outgoing              bool
	caller, called, trunk string
	ext                   int // of an outgoing call, or that took an incoming one
	connected, barred     bool
	inside, unseen        bool                  // a call within the house; a call without lines
	again                 bool                  // delivered again by the provider
	phones                *sip.Call             // as the phones hear it; nil of an outgoing or barred one
	since                 time.Time             // by uptime: when it was connected
	listed                *telephony.ListedCall // its entry in the call list
}

// Ring begins an incoming call: RING, an INVITE to every registered IP phone, and the phones of
// the house ring. An empty caller withholds the number; "user(network)" is a call by CLIP no
// screening, of which an INVITE shows the user's number alone.
func (b *Box) Ring(caller, called string, o CallOptions) *Call {
	return b.begin(&Call{caller: caller, called: called}, o)
}

// Dial begins an outgoing call: CALL. The extension is the box's number for the
// phone: 0–2 analog, 4 ISDN, 10–15 DECT, 20–29 IP, 40–44 answering machines.
func (b *Box) Dial(ext int, own, dialled string, o CallOptions) *Call {
	return b.begin(&Call{outgoing: true, ext: ext, caller: own, called: dialled}, o)
}

// begin gives the call the lowest free id, as a box does, and writes its line.
func (b *Box) begin(c *Call, o CallOptions) *Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enter(c, o)
	announce := func() {
		if !o.Lost {
			c.write(c.opening())
		}
	}
	switch {
	case c.outgoing || c.barred:
		announce()
	case b.SIPSettings().Gap < 0: // RING follows the INVITE
		c.ring(o, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			announce()
		})
	default:
		announce()
		c.ring(o, nil)
	}
	return c
}

// enter adds the call to the active ones. b.mu is held.
func (b *Box) enter(c *Call, o CallOptions) {
	c.box, c.name, c.trunk = b, o.Name, o.Trunk
	c.trunk = cmp.Or(c.trunk, b.opt.Trunk)
	if c.name == "" {
		b.unique++
		c.name = fmt.Sprintf("call-%d", b.unique)
	}
	c.unseen = c.unseen || o.Unseen
	next := 1
	if c.unseen { // the call monitor gives it no id
		c.id, next = -1, -1
	}
	for b.calls[c.id] != nil {
		c.id += next
	}
	b.calls[c.id] = c
	if c.inside {
		return
	}
	c.listed = b.ListCall(telephony.Call{
		Name: c.name, Outgoing: c.outgoing, Caller: c.caller, Called: c.called, Trunk: c.trunk, Ext: c.ext,
	}, b.clock.wall())
}

// opening is the line that announces the call. b.mu is held.
func (c *Call) opening() monitor.Line {
	at := c.box.clock.wall()
	if c.outgoing {
		return monitor.Call(at, c.id, c.ext, c.caller, c.called, c.trunk)
	}
	return monitor.Ring(at, c.id, c.caller, c.called, c.trunk)
}

// ID returns the connection id.
func (c *Call) ID() int { return c.id }

// Name returns the name by which Box.Call finds it.
func (c *Call) Name() string { return c.name }

// other is the number that a CONNECT normally shows.
func (c *Call) other() string {
	if c.outgoing {
		return c.called
	}
	return c.caller
}

// Connect is an extension taking the call: CONNECT with the other party's number.
func (c *Call) Connect(ext int) { c.ConnectShowing(ext, c.other()) }

// ConnectShowing is Connect with another number in the line; two published
// examples show the own number there.
func (c *Call) ConnectShowing(ext int, number string) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	c.take(ext)
	c.write(monitor.Connect(c.box.clock.wall(), c.id, ext, number))
}

// LoseConnect connects the call without writing the line.
func (c *Call) LoseConnect(ext int) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	c.take(ext)
}

func (c *Call) take(ext int) {
	if !c.connected {
		c.connected, c.since = true, c.box.clock.uptime()
	}
	if !c.outgoing {
		c.ext = ext
	}
	if c.listed != nil {
		c.listed.Taken(ext)
	}
	c.phones.Connected(ext)
}

// Pickup writes a CALL with the id of this incoming call, as old ISDN firmware
// does between RING and CONNECT.
func (c *Call) Pickup(ext int) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	c.write(monitor.Call(c.box.clock.wall(), c.id, ext, c.called, c.caller, c.trunk))
}

// Disconnect ends the call: DISCONNECT with the seconds talked. Negative seconds
// let the box count them itself, as it normally does; 0 for a call that was
// never connected. Real boxes are sometimes off by 1 to 3 s.
func (c *Call) Disconnect(seconds int) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	line := c.closing(seconds)
	c.leave(seconds)
	c.write(line)
}

// closing is the line that ends the call. b.mu is held.
func (c *Call) closing(seconds int) monitor.Line {
	if seconds < 0 {
		seconds = c.talked()
	}
	return monitor.Disconnect(c.box.clock.wall(), c.id, seconds)
}

// talked counts whole seconds of conversation. b.mu is held.
func (c *Call) talked() int {
	if !c.connected {
		return 0
	}
	return max(0, int(c.box.clock.uptime().Sub(c.since)/time.Second))
}

// LoseDisconnect ends the call without writing the line: the next call has its id.
func (c *Call) LoseDisconnect() {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	c.leave(-1)
}

// leave frees the id, unless another call has it already, and enters the call into
// the call list; negative seconds are counted. b.mu is held.
func (c *Call) leave(seconds int) {
	if seconds < 0 {
		seconds = c.talked()
	}
	c.phones.End()
	if c.listed != nil {
		c.listed.Over(seconds, c.barred)
	}
	if c.box.calls[c.id] == c {
		delete(c.box.calls, c.id)
	}
}

// Record leaves a message on the answering machine that has taken the call, before
// its Disconnect; its length is that of the call.
func (c *Call) Record() error {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	if c.listed == nil {
		return errors.New("a call within the house is not recorded")
	}
	return c.listed.Record(c.talked(), c.box.clock.wall())
}

// Call returns the active call of that name.
func (b *Box) Call(name string) (*Call, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, c := range b.calls {
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no active call %s; no call is active", name)
	}
	slices.Sort(names)
	if len(names) > 10 {
		names = append(names[:10], "…")
	}
	return nil, fmt.Errorf("no active call %s; active: %s", name, strings.Join(names, ", "))
}

// Vacant says why no further call can begin: too many are active, or one has that
// name already. An empty name is always free.
func (b *Box) Vacant(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.calls) >= maxCalls {
		return fmt.Errorf("%d calls are active, which is the most a script may have; hang some up", len(b.calls))
	}
	if name == "" {
		return nil
	}
	for _, c := range b.calls {
		if c.name == name {
			return fmt.Errorf("call %s is still active; hang it up or choose another name", name)
		}
	}
	return nil
}
