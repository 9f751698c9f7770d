package line

import (
	"time"

	"github.com/callporter/callporter/fritz/callmonitor"
)

// Monitor is how the call monitor of a box is doing.
type Monitor struct {
	callmonitor.LinkState
	Ups    int       // how often it has come up
	Heard  time.Time // when it told of anything last; zero = not yet
	Silent bool      // the box lists calls of which it does not tell
	// SilentSince is when the silence began or ended; zero = there was none.
	SilentSince time.Time
}

// link is what a line knows of its call monitor.
type link struct {
	state       callmonitor.LinkState
	online      bool // what the link topic says
	ups         int  // how often it has come up
	heard       time.Time
	silent      bool
	silentSince time.Time
}

// take takes news of the link. One that is made again at once after an orderly end counts
// as online throughout.
func (k *link) take(s callmonitor.LinkState) {
	k.state = s
	if s.Up() {
		k.ups++
	}
	if s.State != callmonitor.Connecting {
		k.online = s.Up()
	}
}

// heard notes that the call monitor tells of something, which ends a silence.
func (l *Line) heard() {
	l.link.heard = l.now()
	if l.link.silent {
		l.link.silent, l.link.silentSince = false, l.link.heard
		l.publishMonitor()
	}
}

// Silence says that the box lists calls of which its call monitor has told nothing,
// although the link was up and nothing was heard since a given moment: the telephony is then on
// another box. Call it in Do; it reports whether that is news.
func (l *Line) Silence(since time.Time) bool {
	k := &l.link
	if !k.state.Up() || k.silent || !k.state.Since.Before(since) || !k.heard.Before(since) {
		return false
	}
	k.silent, k.silentSince = true, l.now()
	l.publishMonitor()
	return true
}

// Monitor is how the call monitor is doing.
func (l *Line) Monitor() Monitor { return *l.monitor.Load() }

func (l *Line) publishMonitor() {
	k := &l.link
	m := Monitor{k.state, k.ups, k.heard, k.silent, k.silentSince}
	l.monitor.Store(&m)
	if l.changed != nil {
		l.changed(m)
	}
}
