package fritztest

import "github.com/callporter/callporter/fritz/fritztest/monitor"

// HalfLine writes the first half of a RING line, which Drop or Reset may then leave
// as it is.
func (b *Box) HalfLine() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.WriteHalf(monitor.Ring(b.clock.wall(), 0, "01713920055", "23125732", b.opt.Trunk))
}

// Bad writes a line that is wrong in the way that kind names; see monitor.BadLines.
func (b *Box) Bad(kind string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.WriteBad(kind, b.clock.wall())
}

// StrayConnect writes a CONNECT that belongs to no call.
func (b *Box) StrayConnect(id, ext int, number string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Write(monitor.Connect(b.clock.wall(), id, ext, number))
}

// StrayDisconnect writes a DISCONNECT that belongs to no call.
func (b *Box) StrayDisconnect(id, seconds int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Write(monitor.Disconnect(b.clock.wall(), id, seconds))
}

// BadLines returns the kinds that Box.Bad knows.
func BadLines() []string { return monitor.BadLines() }
