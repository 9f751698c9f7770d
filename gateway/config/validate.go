package config

import (
	"cmp"
	"fmt"
	"reflect"

	"github.com/callporter/callporter/call"
)

// Validate checks every value by its rule and the values against each other. It
// touches neither network nor files. The error is a *Problems.
func (c *Config) Validate() error {
	r := &reader{origins: make(map[string]origin), wrong: make(map[string]bool)}
	r.check(c)
	return r.result()
}

// check adds what is wrong with c to what was found so far.
func (r *reader) check(c *Config) {
	walkValues(reflect.ValueOf(c).Elem(), "", field{}, func(path string, f field, v reflect.Value) {
		if v.Kind() == reflect.Slice {
			if v.Len() > f.max {
				r.problem(path, tooMany(v.Len(), f.max))
			}
			return
		}
		text := scalarText(v)
		if f.rule == "" || r.wrong[path] || text == "" && f.empty {
			return
		}
		if allowed := Rules[f.rule](text); allowed != "" {
			r.problem(path, notAllowed(shownValue(v.Type(), f.rule, cmp.Or(r.origins[path].given, text)), allowed))
		}
	})
	r.checkBoxes(c)
	r.checkMQTT(&c.MQTT)
	r.checkBroker(c)
	r.checkListeners(c)
	r.checkScreening(c)
	r.checkAnnouncement(c)
	r.checkAsterisk(c)
}

func (r *reader) checkBoxes(c *Config) {
	if len(c.Boxes) == 0 {
		r.problemUnless(nil, "boxes", notAllowed("an empty list", "at least one box; without the key it is fritz.box"))
	}
	ids := make(map[string]int)
	for i := range c.Boxes {
		box, at := &c.Boxes[i], element("boxes", i)
		if first, taken := ids[box.ID]; taken {
			r.problemUnless([]string{at}, at+".id", r.sameID(box.ID, i, first))
		} else {
			ids[box.ID] = i
		}
		r.checkNumbers(box, at)
		r.checkSIP(c, i)
	}
}

// sameID says that a box has the id of one before it, or none, which is the same as
// that of the first one.
func (r *reader) sameID(id string, i, first int) string {
	variables := envPrefix + "BOXES_"
	_, given := r.origins[element("boxes", i)+".id"]
	switch from, begun := r.origins[element("boxes", i)]; {
	case given || !begun: // or the configuration was made in Go
		return notAllowed(shorten(id), "another id; "+element("boxes", first)+" has this one")
	case from.variable != "":
		return fmt.Sprintf("begins another box, which needs an id of its own: set %s%d_ID too; the variables of %s begin with %s%d_",
			variables, i, shorten(id), variables, first)
	}
	return "missing: each box needs one of its own, and " + shorten(id) + ", which stands for a missing one, is that of " + element("boxes", first)
}

// ownNumber is what an own number may be.
const ownNumber = `an own number, with or without a name, such as "23125732=Practice", "03023125069" or "+493023125069"`

// checkNumbers lets the number plan say whether it knows the line and its numbers.
func (r *reader) checkNumbers(box *Box, at string) {
	known := func(area string, own []string) bool {
		_, err := call.NewPlan(box.Country, area, own)
		return err == nil
	}
	switch {
	case r.wrong[at+".country"] || r.wrong[at+".area_code"] || known(box.AreaCode, box.Numbers):
		return
	case !known("", nil):
		r.problem(at+".country", notAllowed(shorten(box.Country), "a country such as DE, AT or CH"))
		return
	case !known(box.AreaCode, nil):
		r.problem(at+".area_code", notAllowed(shorten(box.AreaCode), "an area code of "+box.Country+", with or without the leading 0, such as 030"))
		return
	}
	var good []string
	for i, number := range box.Numbers {
		path := element(at+".numbers", i)
		shown := shownValue(reflect.TypeFor[string](), "number", number)
		switch {
		case r.wrong[path]:
		case !known(box.AreaCode, []string{number}):
			r.problem(path, notAllowed(shown, ownNumber))
		case !known(box.AreaCode, append(good, number)):
			r.problem(path, notAllowed(shown, "each number once; where two differ only in the area code, both with it"))
		default:
			good = append(good, number)
		}
	}
}

func (r *reader) checkMQTT(m *MQTT) {
	urls := []string{"mqtt.url", "mqtt.urls"}
	encrypted := false
	for _, u := range m.Brokers() {
		encrypted = encrypted || BrokerURL(u).overTLS()
	}
	for _, key := range []struct {
		name  string
		given bool
		tls   bool
	}{
		{"username", m.Username != "", false}, {"password", m.Password != "", false},
		{"ca_file", m.CAFile != "", true}, {"cert_file", m.CertFile != "", true}, {"key_file", m.KeyFile != "", true},
		{"fingerprint", m.Fingerprint != "", true}, {"insecure", m.Insecure, true},
	} {
		switch {
		case !key.given:
		case len(m.Brokers()) == 0:
			r.problemUnless(urls, "mqtt."+key.name, "given without a broker: it needs mqtt.url")
		case key.tls && !encrypted:
			r.problemUnless(urls, "mqtt."+key.name, "given for a connection without TLS: it needs mqtts:// or wss:// in mqtt.url")
		}
	}
	r.checkCredentials(m)
	if m.Password != "" && m.Username == "" {
		r.problemUnless([]string{"mqtt.username"}, "mqtt.password", "given without mqtt.username")
	}
	if m.CertFile != "" && m.KeyFile == "" {
		r.problemUnless([]string{"mqtt.key_file"}, "mqtt.cert_file", "given without mqtt.key_file")
	}
	if m.KeyFile != "" && m.CertFile == "" {
		r.problemUnless([]string{"mqtt.cert_file"}, "mqtt.key_file", "given without mqtt.cert_file")
	}
	if m.Insecure && (m.CAFile != "" || m.Fingerprint != "") {
		r.problemUnless(nil, "mqtt.insecure", notAllowed("true", "false, or neither mqtt.ca_file nor mqtt.fingerprint; they say whom to trust"))
	}
}
