package mqtt

import (
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// retainLock keeps the broker from reading its index of retained topics for a
// subscriber while a publisher changes it: mochi v2.7.9 takes no lock there
// (TopicsIndex.scanMessages against RetainMessage), and half a string can be read.
//
// It works through the hooks before and after each side. Nothing between them
// waits for a network: a value is stored after OnPublish or OnWill and reported
// by OnRetainMessage on the same goroutine; retained values are looked up after
// the SUBACK has been written and before the SUBSCRIBE counts as processed.
type retainLock struct {
	mochi.HookBase
	mu sync.RWMutex
}

// ID names the hook in the broker's log.
func (l *retainLock) ID() string { return "retain lock" }

// Provides tells the broker which events are wanted.
func (l *retainLock) Provides(b byte) bool {
	switch b {
	case mochi.OnPublish, mochi.OnWill, mochi.OnRetainMessage, mochi.OnPacketSent, mochi.OnPacketProcessed:
		return true
	}
	return false
}

// OnPublish comes before a value is stored.
func (l *retainLock) OnPublish(_ *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Retain {
		l.mu.Lock()
	}
	return pk, nil
}

// OnWill comes before a will is stored. One with a delay is stored later and
// without a hook before it.
func (l *retainLock) OnWill(_ *mochi.Client, will mochi.Will) (mochi.Will, error) {
	if will.Retain && will.WillDelayInterval == 0 {
		l.mu.Lock()
	}
	return will, nil
}

// OnRetainMessage comes when a value has been stored.
func (l *retainLock) OnRetainMessage(_ *mochi.Client, pk packets.Packet, _ int64) {
	if pk.Connect.WillProperties.WillDelayInterval == 0 {
		l.mu.Unlock()
	}
}

// OnPacketSent comes after the SUBACK, when retained values are about to be read.
func (l *retainLock) OnPacketSent(_ *mochi.Client, pk packets.Packet, _ []byte) {
	if pk.FixedHeader.Type == packets.Suback {
		l.mu.RLock()
	}
}

// OnPacketProcessed comes when they have been read. A SUBSCRIBE fails only where
// its SUBACK could not be sent.
func (l *retainLock) OnPacketProcessed(_ *mochi.Client, pk packets.Packet, err error) {
	if pk.FixedHeader.Type == packets.Subscribe && err == nil {
		l.mu.RUnlock()
	}
}
