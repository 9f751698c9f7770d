package discovery

import (
	"maps"
	"strings"

	"github.com/callporter/callporter/mqtt/topic"
)

// boxDevice describes the box with all its calls.
func (o Options) boxDevice() deviceDocument {
	t := o.Topics.Box(o.Box)
	d := describer{id: o.boxID(), object: o.Box, lang: o.Language, gatewayAvailability: o.gatewayAvailability()}
	components := map[string]component{
		"call_state":    d.callState(t.State),
		"caller_number": d.callerNumber(t.State),
		"caller_name":   aside(d.sensor("caller_name", "Caller name", "Name des Anrufers", "mdi:account", t.State, callerName)),
		"caller_place":  aside(d.sensor("caller_place", "Caller place", "Ort des Anrufers", "mdi:map-marker", t.State, callerPlace)),
		"active_calls":  d.activeCalls(t.State),
		"ringing":       d.ringing(t.State),
		"call_waiting":  aside(d.binarySensor("call_waiting", "Call waiting", "Anklopfen", "mdi:phone-plus", t.State, "value_json.call_waiting")),
		"call":          d.event(t.Event),
		"last_call":     d.lastCall(t.LastCall),
		"missed_calls":  d.missedCalls(t.Missed),
		"link":          d.link(t),
		"problem":       d.problem(t.Health),
		"last_result":   d.lastResult(t.Result),
		"block_last":    d.button("block_last", "Block last caller", "Letzten Anrufer sperren", "mdi:phone-cancel", t.Command("block")),
		"allow_last":    d.button("allow_last", "Allow last caller", "Letzten Anrufer erlauben", "mdi:phone-check", t.Command("allow")),
		"block_number":  d.number("block_number", "Block number", "Nummer sperren", "mdi:phone-cancel", t, "block"),
		"undo":          d.button("undo", "Undo last change", "Letzte Änderung zurücknehmen", "mdi:undo", t.Command("undo")),
		"reset_missed":  d.button("reset_missed", "Reset missed calls", "Verpasste Anrufe zurücksetzen", "mdi:notification-clear-all", t.Command("reset_missed")),
		"refresh":       d.refresh(t.Command("refresh")),
		"quiet":         d.quiet(t),

		// What earlier versions had: problem and link tell the same.
		"monitor": {Platform: "sensor"}, "tr064": {Platform: "sensor"},
	}
	o.addAccess(components, d, t)
	o.addScreening(components, d, t)
	o.addSoftphone(components, d, t)
	maps.Copy(components, o.triggers(t.Event, ""))
	o.removeUseless(components, t)
	name := label(o.Name, "FRITZ!Box")
	return o.document(o.boxID(), device{
		Identifiers:      []string{o.boxID()},
		Name:             distinct(name, components),
		Manufacturer:     label(o.Maker, "FRITZ!"),
		Model:            label(o.Model, "FRITZ!Box"),
		SWVersion:        label(o.Firmware, ""),
		ConfigurationURL: o.pageURL(),
	}, t, components)
}

// addAccess adds the components that need access to the box by TR-064.
func (o Options) addAccess(components map[string]component, d describer, t topic.Box) {
	components["voice_messages"] = d.count("voice_messages", "Voice messages", "Sprachnachrichten", "mdi:voicemail", t.Voicemail, "{{ value_json.new }}")
	components["voicemail_read"] = d.button("voicemail_read", "Mark newest voice message", "Neueste Sprachnachricht abhaken", "mdi:email-open", t.Command("voicemail_read"))
	components["voicemail_delete"] = d.button("voicemail_delete", "Delete newest voice message", "Neueste Sprachnachricht löschen", "mdi:delete", t.Command("voicemail_delete"))
	components["dial_number"] = d.number("dial_number", "Dial number", "Nummer wählen", "mdi:phone-dial", t, "dial")
	components["hangup"] = d.button("hangup", "Hang up", "Auflegen", "mdi:phone-hangup", t.Command("hangup"))
	components["caller_picture"] = d.callerPicture(t.Picture)
	if !o.TR064 {
		components["voice_messages"] = component{Platform: "sensor"}
	}
	if !o.TR064 || !o.Pictures {
		components["caller_picture"] = component{Platform: "image"}
	}
	d.switches(components, o.Deflections, "deflection", "deflections", "Diversion", "Umleitung", "mdi:phone-forward", t)
	d.switches(components, o.AnsweringMachines, "answering_machine", "answering_machines", "Answering machine", "Anrufbeantworter", "mdi:voicemail", t)
}

// removeUseless removes what sends commands that would be refused.
func (o Options) removeUseless(components map[string]component, t topic.Box) {
	works := false
	for key, c := range components {
		if c.CommandTopic == "" {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(c.CommandTopic, t.Command("")), "/")
		if o.Accepts != nil && o.Accepts(name) {
			works = true
		} else {
			components[key] = component{Platform: c.Platform}
		}
	}
	if !works {
		components["last_result"] = component{Platform: "sensor"}
	}
}

// What follows only the box as a whole has: the sum over all own numbers, lists,
// the link, settings and buttons.

// activeCalls is the number of calls. Its attributes list the calls beside the one that the
// call state shows.
func (d describer) activeCalls(topic string) component {
	c := d.sensor("active_calls", "Active calls", "Aktive Anrufe", "mdi:phone-in-talk", topic, "{{ value_json.active_calls }}")
	c.StateClass = "measurement"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, "{{ {'calls': value_json.calls} | tojson }}"
	return c
}

// lastCall is when the call that ended last began, as call lists show it; the
// attributes are the call. Like all lists it stays readable without the box.
func (d describer) lastCall(topic string) component {
	c := d.sensor("last_call", "Last call", "Letzter Anruf", "mdi:phone-log", topic, "{{ value_json.started }}")
	c.DeviceClass = "timestamp"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, lastCall
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) missedCalls(topic string) component {
	return d.count("missed_calls", "Missed calls", "Verpasste Anrufe", "mdi:phone-missed", topic, "{{ value_json.count }}")
}

// count is a sensor that counts what a list has. Its attributes are the list.
func (d describer) count(key, english, german, icon, topic, template string) component {
	c := d.sensor(key, english, german, icon, topic, template)
	c.StateClass = "measurement"
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
	c.Availability = d.gatewayAvailability
	return c
}

// problem is on where something is wrong with a link. Its attributes tell of each link.
func (d describer) problem(topic string) component {
	c := d.binarySensor("problem", "Problem", "Problem", "mdi:alert-circle-outline", topic, problem)
	c.DeviceClass, c.EntityCategory = "problem", "diagnostic"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, d.problemNote()
	c.Availability = d.gatewayAvailability
	return c
}

// lastResult is what came of the last command. Nobody else shows whoever pressed a button
// that it was refused.
func (d describer) lastResult(topic string) component {
	c := d.sensor("last_result", "Last result", "Letztes Ergebnis", "mdi:message-check-outline", topic, result(d.lang))
	c.EntityCategory = "diagnostic"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, resultNote
	c.ForceUpdate = true
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) button(key, english, german, icon, topic string) component {
	c := d.entity("button", key, english, german, icon)
	c.CommandTopic, c.PayloadPress, c.Retain = topic, "PRESS", new(bool)
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) refresh(topic string) component {
	c := d.button("refresh", "Refresh", "Aktualisieren", "mdi:refresh", topic)
	c.EntityCategory = "diagnostic"
	return c
}

// onOff is a switch, whose state a template takes out of the settings of the box.
func (d describer) onOff(key, english, german, icon string, t topic.Box, template, command string) component {
	c := d.entity("switch", key, english, german, icon)
	c.StateTopic, c.ValueTemplate = t.Settings, template
	c.CommandTopic, c.PayloadOn, c.PayloadOff = t.Command(command), "ON", "OFF"
	c.Retain, c.Optimistic = new(bool), new(bool)
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) quiet(t topic.Box) component {
	c := d.onOff("quiet", "Quiet", "Ruhe", "mdi:bell-sleep", t, "{{ value_json.quiet }}", "quiet")
	c.EntityCategory = "config"
	return c
}
