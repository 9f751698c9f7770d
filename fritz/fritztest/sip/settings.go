package sip

import (
	"errors"
	"slices"
	"time"
)

// Settings are how the box behaves where it can be told, or where no source knows.
type Settings struct {
	Grant        time.Duration // of a registration, whatever is asked; 300 s
	OtherContact bool          // a 200 to REGISTER lists another phone's Contact before the own one
	Probe        time.Duration // between two OPTIONS to a phone; 0 = none; the real time is not known
	T1           time.Duration // to the first repetition, RFC 3261; 500 ms

	Gap      time.Duration // INVITE after RING; negative: before it; 0 = in the same instant
	Expires  time.Duration // how long an INVITE rings before the box takes it back; 120 s
	Limit    int           // calls with IP phones at a time; 2
	Withheld string        // the form of a withheld number, see WithheldForms; the real one is not known
	Offer    string        // usual, wideband (no codec below 16 kHz), none (no SDP), muted (port 0)

	Reason      bool // CANCEL says that another phone has answered (RFC 3326); not known
	EarlyCancel bool // CANCEL does not wait for a provisional response, against RFC 3261, 9.1
	Overtaken   bool // CANCEL comes before its INVITE, as packets that overtake each other
	Cross       bool // the caller gives up as a phone answers: CANCEL crosses its 200

	Bye string // how a BYE is answered: ok, ignore, 481

	// AppWake is how long the push message to FRITZ!App Fon takes. A 480 before that keeps
	// the app silent, as does a 486 at any time. Not known: more than an instant, less than 3 s.
	AppWake time.Duration
	// Ends are the statuses by which one IP phone ends the call for the whole house. None is
	// known to; 603 may.
	Ends []int
	// Redeliver is after which time the provider delivers a call again that an IP phone has
	// ended; 0 = never.
	Redeliver time.Duration
	// Tone lets the box's side of an answered call be a tone of 425 Hz instead of silence.
	Tone bool
}

// DefaultSettings are those of a new box.
func DefaultSettings() Settings {
	return Settings{
		Grant: 300 * time.Second, Probe: time.Minute, T1: 500 * time.Millisecond, Expires: 120 * time.Second, Limit: 2,
		Withheld: "anonymous", Offer: "usual", Bye: "ok", AppWake: 1500 * time.Millisecond,
	}
}

// AdjustSIP changes the settings. change must not call the Registrar.
func (r *Registrar) AdjustSIP(change func(*Settings)) {
	r.locked(func() {
		change(&r.set)
		r.set.T1 = max(r.set.T1, time.Millisecond)
	})
}

// SIPSettings returns the settings as they are now.
func (r *Registrar) SIPSettings() Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.set
	s.Ends = slices.Clone(s.Ends)
	return s
}

// withheld are the forms in which From may hide the number.
var withheld = map[string]string{
	"anonymous":  `"Anonym" <sip:anonymous@fritz.box>`,
	"unknown":    `<sip:unknown@fritz.box>`,
	"restricted": `<sip:restricted@fritz.box>`,
	"empty":      `<sip:@fritz.box>`,
	"nouser":     `<sip:fritz.box>`,
	"invalid":    `"Anonymous" <sip:anonymous@anonymous.invalid>`,
}

// WithheldForms are the words for Settings.Withheld.
func WithheldForms() []string {
	return []string{"anonymous", "unknown", "restricted", "empty", "nouser", "invalid"}
}

// PacketTrouble is what happens to packets of a kind: a method in small letters, such as ack,
// or a status, such as 200; with "phone-" in front those that the phone sends.
type PacketTrouble struct {
	What  string // drop, double, delay (only what the box sends)
	Kind  string
	Times int           // so many packets; 0 = all
	By    time.Duration // of delay
}

// packets are the troubles in order.
type packets struct{ list []PacketTrouble }

// maxTroubles is how many packet troubles and refusals wait at a time.
const maxTroubles = 100

// SIPPackets lets something happen to packets from now on.
func (r *Registrar) SIPPackets(x PacketTrouble) error {
	return r.add(func() int { return len(r.packets.list) }, func() { r.packets.list = append(r.packets.list, x) })
}

// RefuseRegister lets the box answer each REGISTER by x, after those that were given before.
func (r *Registrar) RefuseRegister(x Refusal) error {
	return r.add(func() int { return len(r.refusals) }, func() { r.refusals = append(r.refusals, x) })
}

func (r *Registrar) add(have func() int, do func()) (err error) {
	r.locked(func() {
		if have() >= maxTroubles {
			err = errors.New("100 troubles wait already")
			return
		}
		do()
	})
	return err
}

// SIPPacketsRight takes back all that SIPPackets has said.
func (r *Registrar) SIPPacketsRight() { r.locked(func() { r.packets.list = nil }) }

// fate says how often a packet is seen, and how late.
func (p *packets) fate(kind string) (times int, late time.Duration) {
	times = 1
	for i := range p.list {
		x := &p.list[i]
		if x.Kind != kind {
			continue
		}
		switch x.What {
		case "drop":
			times = 0
		case "double":
			times = 2
		case "delay":
			late = x.By
		}
		if x.Times--; x.Times == 0 {
			p.list = slices.Delete(p.list, i, i+1)
		}
		break
	}
	return times, late
}
