package discovery

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/callporter/callporter/mqtt/topic"
)

// The components of this file need access to the box by TR-064.

const (
	callerName = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}` +
		`{{ c.caller.name }}{% endif %}`
	tr064Note = `{% set m = value_json.tr064 %}` +
		`{{ {'since': m.since, 'reason': m.reason, 'hint': m.hint, 'phonebooks': value_json.phonebooks} | tojson }}`
	// Without numberPattern Home Assistant would send whatever is typed.
	numberPattern = `^([+]?[0-9 ()/*#-]{2,40})?$`
)

// Switch is a deflection or an answering machine of the box.
type Switch struct {
	ID   int    // its position at the box, from 0
	Name string // for people; "" = its number
}

func (d describer) callerName(topic string) component {
	c := d.entity("sensor", "caller_name", "Caller name", "Name des Anrufers", "mdi:account")
	c.StateTopic, c.ValueTemplate = topic, callerName
	return c
}

// callerPicture is the picture of the caller from the box's phonebook.
func (d describer) callerPicture(topic string) component {
	c := d.entity("image", "caller_picture", "Caller picture", "Bild des Anrufers", "mdi:account-box")
	c.ImageTopic = topic
	return c
}

func (d describer) voiceMessages(topic string) component {
	c := d.entity("sensor", "voice_messages", "Voice messages", "Sprachnachrichten", "mdi:voicemail")
	c.StateClass = "measurement"
	c.StateTopic, c.ValueTemplate = topic, "{{ value_json.new }}"
	c.JSONAttributesTopic = topic
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) tr064(topic string) component {
	c := d.entity("sensor", "tr064", "Box access", "Zugang zur Box", "mdi:key-chain")
	c.DeviceClass, c.EntityCategory = "enum", "diagnostic"
	c.Options = []string{"off", "connecting", "up", "down"}
	c.StateTopic, c.ValueTemplate = topic, "{{ value_json.tr064.state }}"
	c.JSONAttributesTopic, c.JSONAttributesTemplate = topic, tr064Note
	c.Availability = d.gatewayAvailability
	return c
}

func (d describer) blockLast(topic string) component {
	return d.button("block_last", "Block last caller", "Letzten Anrufer sperren", "mdi:phone-cancel", topic)
}

func (d describer) allowLast(topic string) component {
	return d.button("allow_last", "Allow last caller", "Letzten Anrufer erlauben", "mdi:phone-check", topic)
}

func (d describer) undo(topic string) component {
	return d.button("undo", "Undo last change", "Letzte Änderung zurücknehmen", "mdi:undo", topic)
}

// number is a field to type a telephone number into. It has no state: the result of the order
// shows what was done.
func (d describer) number(key, english, german, icon, topic string) component {
	c := d.entity("text", key, english, german, icon)
	c.CommandTopic, c.Retain = topic, new(bool)
	c.Max, c.Pattern = 40, numberPattern
	c.Availability = d.gatewayAvailability
	return c
}

// short cuts a name to what a tile of a dashboard can show: 38 bytes.
func short(name string) string {
	const limit = 38
	if len(name) <= limit {
		return name
	}
	at := limit - len("…")
	for !utf8.RuneStart(name[at]) {
		at--
	}
	return strings.TrimRight(name[:at], " ") + "…"
}

// switches adds a switch for each deflection or answering machine. One that the box no longer
// has is unknown until its component is removed.
func (d describer) switches(into map[string]component, all []Switch, kind, list, english, german, icon string, t topic.Box) {
	for _, s := range all {
		id := strconv.Itoa(s.ID)
		key := kind + "_" + id
		c := d.entity("switch", key, english, german, icon)
		c.Name = short(c.Name + " " + label(s.Name, strconv.Itoa(s.ID+1)))
		c.StateTopic = t.Settings
		c.ValueTemplate = "{% set s = value_json." + list + ".get('" + id + "') %}{{ s.state if s else 'None' }}"
		c.CommandTopic, c.PayloadOn, c.PayloadOff = t.Command(kind+"/"+id), "ON", "OFF"
		c.Retain, c.Optimistic = new(bool), new(bool)
		c.Availability = d.gatewayAvailability
		into[key] = c
	}
}
