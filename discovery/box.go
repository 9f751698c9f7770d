package discovery

import (
	"maps"

	"github.com/callporter/callporter/mqtt/topic"
)

// boxDevice describes the box with all its calls.
func (o Options) boxDevice() deviceDocument {
	t := o.Topics.Box(o.Box)
	d := describer{id: o.boxID(), object: o.Box, lang: o.Language, gatewayAvailability: o.gatewayAvailability()}
	components := map[string]component{
		"call_state":    d.callState(t.State),
		"caller_number": d.callerNumber(t.State),
		"caller_name":   d.callerName(t.State),
		"caller_place":  d.callerPlace(t.State),
		"active_calls":  d.activeCalls(t.State),
		"ringing":       d.ringing(t.State),
		"call_waiting":  d.callWaiting(t.State),
		"call":          d.event(t.Event),
		"last_call":     d.lastCall(t.LastCall),
		"missed_calls":  d.missedCalls(t.Missed),
		"link":          d.link(t),
		"monitor":       d.monitor(t.Health),
		"block_last":    d.blockLast(t.Command("block")),
		"allow_last":    d.allowLast(t.Command("allow")),
		"block_number":  d.number("block_number", "Block number", "Nummer sperren", "mdi:phone-cancel", t.Command("block")),
		"undo":          d.undo(t.Command("undo")),
		"tr064":         d.tr064(t.Health),
		"reset_missed":  d.resetMissed(t.Command("reset_missed")),
		"refresh":       d.refresh(t.Command("refresh")),
		"quiet":         d.quiet(t),
	}
	o.addAccess(components, d, t)
	maps.Copy(components, d.triggers(t.Event, "value_json.direction == 'incoming'"))
	if !o.Commands {
		for key, c := range components {
			if c.CommandTopic != "" {
				components[key] = component{Platform: c.Platform}
			}
		}
	}
	name := label(o.Name, "FRITZ!Box")
	return o.document(device{
		Identifiers:      []string{o.boxID()},
		Name:             distinct(name, components),
		Manufacturer:     "AVM",
		Model:            label(o.Model, "FRITZ!Box"),
		SWVersion:        label(o.Firmware, ""),
		ConfigurationURL: o.pageURL(),
	}, t, components)
}

// addAccess adds the components that need access to the box by TR-064, or removes them if
// there is none.
func (o Options) addAccess(components map[string]component, d describer, t topic.Box) {
	components["voice_messages"] = d.voiceMessages(t.Voicemail)
	components["dial_number"] = d.number("dial_number", "Dial number", "Nummer wählen", "mdi:phone-dial", t.Command("dial"))
	components["hangup"] = d.button("hangup", "Hang up", "Auflegen", "mdi:phone-hangup", t.Command("hangup"))
	if !o.TR064 {
		components["voice_messages"] = component{Platform: "sensor"}
	}
	components["caller_picture"] = component{Platform: "image"}
	if o.TR064 && o.Pictures {
		components["caller_picture"] = d.callerPicture(t.Picture)
	}
	if !o.TR064 || !o.Dial {
		components["dial_number"], components["hangup"] = component{Platform: "text"}, component{Platform: "button"}
	}
	d.switches(components, o.Deflections, "deflection", "deflections", "Diversion", "Umleitung", "mdi:phone-forward", t)
	d.switches(components, o.AnsweringMachines, "answering_machine", "answering_machines", "Answering machine", "Anrufbeantworter", "mdi:voicemail", t)
	for _, key := range o.Retired {
		if _, there := components[key]; !there {
			components[key] = component{Platform: "switch"}
		}
	}
}

// What follows only the box as a whole has: the sum over all own numbers, lists,
// the link, settings and buttons.

func (d describer) callerPlace(topic string) component {
	c := d.entity("sensor", "caller_place", "Caller place", "Ort des Anrufers", "mdi:map-marker")
	c.StateTopic, c.ValueTemplate = topic, callerPlace
	return c
}

// activeCalls is the number of calls. Its attributes list the calls beside the one that the
// call state shows.
func (d describer) activeCalls(topic string) component {
	c := d.entity("sensor", "active_calls", "Active calls", "Aktive Anrufe", "mdi:phone-in-talk")
	c.StateClass = "measurement"
	c.StateTopic, c.ValueTemplate = topic, "{{ value_json.active_calls }}"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, "{{ {'calls': value_json.calls} | tojson }}"
	return c
}

func (d describer) callWaiting(topic string) component {
	c := d.entity("binary_sensor", "call_waiting", "Call waiting", "Anklopfen", "mdi:phone-plus")
	c.StateTopic, c.ValueTemplate = topic, flag("value_json.call_waiting")
	c.PayloadOn, c.PayloadOff = "ON", "OFF"
	return c
}

// lastCall is when the call that ended last began, as call lists show it; the
// attributes are the call. Like all lists it stays readable without the box.
func (d describer) lastCall(topic string) component {
	c := d.entity("sensor", "last_call", "Last call", "Letzter Anruf", "mdi:phone-log")
	c.DeviceClass = "timestamp"
	c.StateTopic, c.ValueTemplate = topic, "{{ value_json.started }}"
	c.JSONAttributesTopic = topic
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) missedCalls(topic string) component {
	c := d.entity("sensor", "missed_calls", "Missed calls", "Verpasste Anrufe", "mdi:phone-missed")
	c.StateClass = "measurement"
	c.StateTopic, c.ValueTemplate = topic, "{{ value_json.count }}"
	c.JSONAttributesTopic = topic
	c.Availability = d.gatewayAvailability
	return c
}

// link must not depend on the link itself: it would be unavailable just when it should say
// that the link is down.
func (d describer) link(t topic.Box) component {
	c := d.entity("binary_sensor", "link", "Connection", "Verbindung", "mdi:lan-connect")
	c.DeviceClass, c.EntityCategory = "connectivity", "diagnostic"
	c.StateTopic, c.PayloadOn, c.PayloadOff = t.Link, "online", "offline"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = t.Health, monitorNote
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) monitor(topic string) component {
	c := d.entity("sensor", "monitor", "Call monitor", "Anrufmonitor", "mdi:heart-pulse")
	c.DeviceClass, c.EntityCategory = "enum", "diagnostic"
	c.Options = []string{"up", "connecting", "down", "silent"}
	c.StateTopic, c.ValueTemplate = topic, "{{ value_json.monitor.state }}"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, monitorNote
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) button(key, english, german, icon, topic string) component {
	c := d.entity("button", key, english, german, icon)
	c.CommandTopic, c.PayloadPress, c.Retain = topic, "PRESS", new(bool)
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) resetMissed(topic string) component {
	return d.button("reset_missed", "Reset missed calls", "Verpasste Anrufe zurücksetzen", "mdi:notification-clear-all", topic)
}

func (d describer) refresh(topic string) component {
	c := d.button("refresh", "Refresh", "Aktualisieren", "mdi:refresh", topic)
	c.EntityCategory = "diagnostic"
	return c
}

func (d describer) quiet(t topic.Box) component {
	c := d.entity("switch", "quiet", "Quiet", "Ruhe", "mdi:bell-sleep")
	c.EntityCategory = "config"
	c.StateTopic, c.ValueTemplate = t.Settings, "{{ value_json.quiet }}"
	c.CommandTopic, c.PayloadOn, c.PayloadOff = t.Command("quiet"), "ON", "OFF"
	c.Retain, c.Optimistic = new(bool), new(bool)
	c.Availability = d.gatewayAvailability
	return c
}
