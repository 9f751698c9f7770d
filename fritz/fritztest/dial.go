package fritztest

import "strconv"

// dialUnlessFull is a call by the dialling aid; see telephony.Options.Dial.
func (b *Box) dialUnlessFull(ext int, own, dialled string) (giveUp func()) {
	if b.Vacant("") != nil {
		return nil
	}
	return b.Dial(ext, own, dialled, CallOptions{}).hangupUnlessTaken
}

// hangupUnlessTaken ends a call that nobody has answered yet.
func (c *Call) hangupUnlessTaken() {
	c.box.mu.Lock()
	waits := !c.connected && c.box.calls[c.id] == c
	c.box.mu.Unlock()
	if waits {
		c.Disconnect(0)
	}
}

// dialInside is a call by the dialling aid to another phone of the house.
func (b *Box) dialInside(ext int, dialled string) {
	from := "**" + strconv.Itoa(ext+1) // an analog phone
	if ext >= 10 {
		from = "**" + strconv.Itoa(600+ext)
	}
	b.RingInside(from, dialled, CallOptions{})
}

// switchMonitor is what #96*5* and #96*4* do.
func (b *Box) switchMonitor(on bool) {
	if on {
		_ = b.Accept() // a port that is gone shows in State
		return
	}
	b.Refuse()
}
