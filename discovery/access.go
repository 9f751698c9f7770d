package discovery

import (
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/mqtt/topic"
)

// The components of this file need access to the box by TR-064.

// Without numberPattern Home Assistant would send whatever is typed.
const numberPattern = `^([+]?[0-9 ()/*#-]{2,40})?$`

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

// number is a field to type a telephone number into. Its state is always empty: without one
// Home Assistant would show what was typed last as if it held, and send the same number only
// once. What was done stands in the last result.
func (d describer) number(key, english, german, icon string, t topic.Box, command string) component {
	c := d.entity("text", key, english, german, icon)
	c.StateTopic, c.ValueTemplate = t.Settings, "{{ '' }}"
	c.CommandTopic, c.Retain = t.Command(command), new(bool)
	c.Max, c.Pattern = 40, numberPattern
	c.Availability = d.gatewayAvailability
	return c
}

// short cuts a name to what a tile of a dashboard can show: 38 characters.
func short(name string) string {
	const limit = 38
	characters := []rune(name)
	if len(characters) <= limit {
		return name
	}
	return strings.TrimRight(string(characters[:limit-1]), " ") + "…"
}

// switches adds a switch for each deflection or answering machine. One that the box no longer
// has is unknown until its component is removed.
func (d describer) switches(into map[string]component, all []Switch, kind, list, english, german, icon string, t topic.Box) {
	for _, s := range all {
		id := strconv.Itoa(s.ID)
		key := kind + "_" + id
		c := d.onOff(key, english, german, icon, t, "{% set s = value_json."+list+".get('"+id+"') %}{{ s.state if s else 'None' }}", kind+"/"+id)
		name := label(s.Name, strconv.Itoa(s.ID+1))
		if !saysKind(name, english, german) {
			name = c.Name + " " + name
		}
		c.Name = short(name)
		into[key] = c
	}
}

// saysKind reports whether a name already says what kind of thing it names: the box calls its
// answering machines "Anrufbeantworter 1".
func saysKind(name string, kinds ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(kinds, func(kind string) bool { return strings.Contains(name, strings.ToLower(kind)) })
}
