package discovery

import (
	"maps"
	"strings"
)

// lineDevice describes one own number: the same view as the box's, of its calls
// alone.
func (o Options) lineDevice(l Line) deviceDocument {
	t := o.Topics.Box(o.Box)
	d := describer{id: o.lineID(l), object: o.Box + "_" + l.MSN, lang: o.Language, gatewayAvailability: o.gatewayAvailability()}
	state := t.Line(l.MSN)
	// The own number stands with the callee, also where it is the one that dials.
	own := "value_json.callee.msn == '" + l.MSN + "'"
	components := map[string]component{
		"call_state":    aside(d.callState(state)),
		"caller_number": d.callerNumber(state),
		"ringing":       d.ringing(state),
		"call":          d.event(t.Event),
		"last_call":     d.lastCall(t.LineLastCall(l.MSN)),
		"missed_calls":  d.missedCalls(t.LineMissed(l.MSN)),
	}
	// There is one event topic for all numbers. Home Assistant ignores an empty
	// result without a word.
	event := components["call"]
	event.ValueTemplate = "{{ value if " + own + " else '' }}"
	components["call"] = event
	maps.Copy(components, o.triggers(t.Event, own))
	return o.document(o.lineID(l), device{
		Identifiers: []string{o.lineID(l)},
		Name:        distinct(l.deviceName(), components),
		Model:       label(l.Display, l.MSN),
		ViaDevice:   o.boxID(),
	}, t, components)
}

// deviceName is the user's label with the number, so that nobody takes a device "Home" for
// the home.
func (l Line) deviceName() string {
	number := label(l.Display, l.MSN)
	name := label(l.Name, number)
	if strings.Contains(name, number) {
		return name
	}
	return name + " (" + number + ")"
}
