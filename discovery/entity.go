package discovery

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
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
		ObjectID:        d.object + "_" + key,
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
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, d.currentCall()
	return c
}

// aside leaves what every ring changes twice out of Home Assistant's list of activities: the
// call state and the event tell the same there.
func aside(c component) component {
	c.EntityCategory = "diagnostic"
	return c
}

func (d describer) callerNumber(topic string) component {
	return aside(d.sensor("caller_number", "Caller number", "Nummer des Anrufers", "mdi:phone-incoming", topic, callerNumber))
}

func (d describer) ringing(topic string) component {
	return aside(d.binarySensor("ringing", "Ringing", "Klingelt", "mdi:phone-ring", topic, "value_json.state == 'ringing'"))
}

// event is the entity for automations: each step of each call. It lists types of events that
// do not happen yet, so that no automation breaks when they do. It is always available:
// coming back from unavailable it would show the last event once more, as if it had just
// happened.
func (d describer) event(topic string) component {
	c := d.entity("event", "call", "Call", "Anruf", "mdi:phone-in-talk")
	for _, t := range call.TransitionTypes {
		c.EventTypes = append(c.EventTypes, t.String())
	}
	c.StateTopic = topic
	c.Availability = []availability{}
	return c
}

// document puts a document together. Components that have no availability of their own need
// the gateway and its link to the box. What was announced before and is not among them is
// removed.
func (o Options) document(id string, d device, t topic.Box, components map[string]component) deviceDocument {
	for key, platform := range o.Announced[deviceTopic(o.prefix(), id)] {
		if _, there := components[key]; !there {
			components[key] = component{Platform: platform}
		}
	}
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
