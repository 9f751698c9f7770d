package discovery

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"time"
)

// MinGap is the shortest time between two different documents of one device. Home
// Assistant drops the rest of a document that comes while it still works on the
// one before.
const MinGap = 5 * time.Second

// Announcer decides when each document may be published. It has no clock of its own and is
// not safe for concurrent use. The zero value is ready for use.
type Announcer struct {
	// Gap is used in place of MinGap unless it is 0.
	Gap time.Duration

	devices map[string]*deviceState // by topic
}

// deviceState is what was published for a device and what should be.
type deviceState struct {
	sent, want []byte
	at         time.Time // when sent went out; zero = never
}

func (a *deviceState) pending() bool { return a.at.IsZero() || !bytes.Equal(a.sent, a.want) }

// Want replaces the documents that there should be. Devices that are no longer among them get
// an empty document, which removes them. Nothing is published before Due.
func (a *Announcer) Want(docs []Document) {
	if a.devices == nil {
		a.devices = map[string]*deviceState{}
	}
	for topic, d := range a.devices {
		d.want = nil
		if d.at.IsZero() {
			delete(a.devices, topic) // it was never published
		}
	}
	for _, doc := range docs {
		d := a.devices[doc.Topic]
		if d == nil {
			d = new(deviceState)
			a.devices[doc.Topic] = d
		}
		d.want = doc.Payload
	}
}

// Due returns the documents to publish at now, sorted by topic so that a box comes
// before its own numbers, and the time to ask again; zero = not before Want.
func (a *Announcer) Due(now time.Time) (due []Document, next time.Time) {
	for _, topic := range slices.Sorted(maps.Keys(a.devices)) {
		d := a.devices[topic]
		if !d.pending() {
			continue
		}
		if at := d.at.Add(cmp.Or(a.Gap, MinGap)); !d.at.IsZero() && now.Before(at) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
			continue
		}
		d.sent, d.at = d.want, now
		due = append(due, Document{Topic: topic, Payload: d.want})
	}
	return due, next
}

// Republished takes note that all documents that were due until now have been published once
// more, as after a new connection to the broker.
func (a *Announcer) Republished(now time.Time) {
	for _, d := range a.devices {
		if !d.at.IsZero() {
			d.at = now
		}
	}
}
