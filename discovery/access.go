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

// callerPicture is the picture of the caller from the box's phonebook.
func (d describer) callerPicture(topic string) component {
	c := d.entity("image", "caller_picture", "Caller picture", "Bild des Anrufers", "mdi:account-box")
	c.ImageTopic = topic
	return c
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
		c := d.onOff(key, english, german, icon, t, "{% set s = value_json."+list+".get('"+id+"') %}{{ s.state if s else 'None' }}", kind+"/"+id)
		c.Name = short(c.Name + " " + label(s.Name, strconv.Itoa(s.ID+1)))
		into[key] = c
	}
}
