package discovery

import "github.com/callporter/callporter/mqtt/topic"

// methods are the ways to turn a caller away, as the command method takes them.
var methods = []string{"hangup", "busy", "decline", "unknown", "announce", "machine"}

// addSoftphone adds what needs callporter's phone at the box.
func (o Options) addSoftphone(components map[string]component, d describer, t topic.Box) {
	components["reject"] = d.button("reject", "Reject call", "Anruf abweisen", "mdi:phone-remove", t.Command("reject"))
	components["reject_method"] = d.rejectMethod(t)
	components["softphone"] = d.softphone(t.Health)
	if !o.Softphone {
		components["softphone"] = component{Platform: "binary_sensor"}
	}
}

// rejectMethod is how a caller is turned away.
func (d describer) rejectMethod(t topic.Box) component {
	c := d.entity("select", "reject_method", "Reject method", "Art des Abweisens", "mdi:phone-settings")
	c.StateTopic, c.ValueTemplate = t.Settings, "{{ value_json.method }}"
	c.CommandTopic, c.Retain, c.Optimistic = t.Command("method"), new(bool), new(bool)
	c.Options = methods
	c.EntityCategory = "config"
	c.Availability = d.gatewayAvailability
	return c
}

// softphone is on while our phone is registered at the box. It does not depend on the link: the
// call monitor may be away while the phone is there.
func (d describer) softphone(topic string) component {
	c := d.binarySensor("softphone", "Softphone", "Softphone", "mdi:phone-voip", topic, "value_json.sip.state == 'up'")
	c.DeviceClass, c.EntityCategory = "connectivity", "diagnostic"
	c.Availability = d.gatewayAvailability
	return c
}
