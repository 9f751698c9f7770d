package discovery

import "maps"

// lineDevice describes one own number: the same view as the box's, of its calls
// alone.
func (o Options) lineDevice(l Line) deviceDocument {
	t := o.Topics.Box(o.Box)
	d := describer{id: o.lineID(l), object: o.Box + "_" + l.MSN, lang: o.Language, gatewayAvailability: o.gatewayAvailability()}
	state := t.Line(l.MSN)
	// The own number stands with the callee, also where it is the one that dials.
	own := "value_json.callee.msn == '" + l.MSN + "'"
	components := map[string]component{
		"call_state":    d.callState(state),
		"caller_number": d.callerNumber(state),
		"ringing":       d.ringing(state),
		"call":          d.event(t.Event),
	}
	// There is one event topic for all numbers. Home Assistant ignores an empty
	// result without a word.
	event := components["call"]
	event.ValueTemplate = "{{ value if " + own + " else '' }}"
	components["call"] = event
	maps.Copy(components, d.triggers(t.Event, "value_json.direction == 'incoming' and "+own))

	number := label(l.Display, l.MSN)
	name := label(l.Name, number)
	return o.document(device{
		Identifiers: []string{o.lineID(l)},
		Name:        distinct(name, components),
		Model:       number,
		ViaDevice:   o.boxID(),
	}, t, components)
}
