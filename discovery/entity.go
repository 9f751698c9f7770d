package discovery

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// Templates over the state document. They are plain Jinja2 and rely on every key
// being there, so none can meet an undefined value.
const (
	// callerNumber is the caller of an incoming call, answering machine included:
	// "withheld" in every language if it sent none, "" while nobody calls. The
	// number dialled by an outgoing call is no caller; it stands in the attributes
	// of the call state.
	callerNumber = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}` +
		`{{ 'withheld' if c.caller.withheld else c.caller.number }}{% endif %}`
	callerPlace = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}` +
		`{{ c.caller.place }}{% endif %}`
	currentCall = `{{ value_json.call | tojson }}`
	// monitorNote is why the call monitor is as it is. The key state is left out:
	// Home Assistant drops an attribute of that name.
	monitorNote = `{% set m = value_json.monitor %}` +
		`{{ {'since': m.since, 'reason': m.reason, 'hint': m.hint} | tojson }}`
)

// describer builds the components of one device.
type describer struct {
	id                  string // begins unique ids
	object              string // begins entity ids
	lang                call.Language
	gatewayAvailability []availability // where the gateway says that it runs
}

// entity begins a component: what every entity has.
func (d describer) entity(platform, key, english, german, icon string) component {
	return component{
		Platform:        platform,
		UniqueID:        d.id + "_" + key,
		DefaultEntityID: platform + "." + d.object + "_" + key,
		Name:            d.lang.Pick(english, german),
		Icon:            icon,
		QoS:             1,
	}
}

// sensor begins a sensor, whose state a template takes out of a document.
func (d describer) sensor(key, english, german, icon, topic, template string) component {
	c := d.entity("sensor", key, english, german, icon)
	c.StateTopic, c.ValueTemplate = topic, template
	return c
}

// binarySensor begins a sensor that is on under a condition on a document.
func (d describer) binarySensor(key, english, german, icon, topic, condition string) component {
	c := d.entity("binary_sensor", key, english, german, icon)
	c.StateTopic, c.ValueTemplate = topic, "{{ 'ON' if "+condition+" else 'OFF' }}"
	c.PayloadOn, c.PayloadOff = "ON", "OFF"
	return c
}

func (d describer) callState(topic string) component {
	c := d.sensor("call_state", "Call state", "Anrufstatus", "mdi:phone", topic, "{{ value_json.state }}")
	c.DeviceClass = "enum"
	c.Options = []string{call.StateIdle.String(), call.StateRinging.String(), call.StateDialing.String(), call.StateTalking.String()}
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, currentCall
	return c
}

func (d describer) callerNumber(topic string) component {
	return d.sensor("caller_number", "Caller number", "Nummer des Anrufers", "mdi:phone-incoming", topic, callerNumber)
}

func (d describer) ringing(topic string) component {
	return d.binarySensor("ringing", "Ringing", "Klingelt", "mdi:phone-ring", topic, "value_json.state == 'ringing'")
}

// event is the entity for automations: each step of each call. It lists types of events that
// do not happen yet, so that no automation breaks when they do.
func (d describer) event(topic string) component {
	c := d.entity("event", "call", "Call", "Anruf", "mdi:phone-in-talk")
	for _, t := range call.TransitionTypes {
		c.EventTypes = append(c.EventTypes, t.String())
	}
	c.StateTopic = topic
	return c
}

// triggers are the device triggers, for automations made by clicking. Home
// Assistant shows them as "incoming_call" ring and so on.
func (d describer) triggers(topic, condition string) map[string]component {
	trigger := func(kind string, on call.TransitionType) component {
		return component{
			Platform:       "device_automation",
			AutomationType: "trigger",
			Type:           kind,
			Subtype:        "incoming_call",
			Topic:          topic,
			ValueTemplate:  "{{ value_json.event_type if " + condition + " else '' }}",
			Payload:        on.String(),
			QoS:            1,
		}
	}
	return map[string]component{
		"trigger_ring":     trigger("ring", call.EventRing),
		"trigger_missed":   trigger("missed", call.EventMiss),
		"trigger_answered": trigger("answered", call.EventAnswer),
	}
}

// document puts a document together. Components that have no availability of their own need
// the gateway and its link to the box.
func (o Options) document(d device, t topic.Box, components map[string]component) deviceDocument {
	return deviceDocument{
		Device:           d,
		Origin:           origin{Name: originName, SWVersion: label(o.Version, ""), SupportURL: originURL},
		Availability:     append(o.gatewayAvailability(), availability{Topic: t.Link}),
		AvailabilityMode: "all",
		Components:       components,
	}
}

func (o Options) gatewayAvailability() []availability {
	return []availability{{Topic: o.Topics.Availability()}}
}
