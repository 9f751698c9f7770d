package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strings"

	"github.com/callporter/callporter/call"
)

// Validate checks every value by its rule and the values against each other. It
// touches neither network nor files. The error is a *Problems.
func (c *Config) Validate() error {
	r := &reader{origins: make(map[string]origin), wrong: make(map[string]bool)}
	r.check(c)
	return r.result()
}

func (r *reader) result() error {
	if len(r.problems.List) == 0 {
		return nil
	}
	return &r.problems
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
			r.problem(path, refusal(shownValue(v.Type(), f.rule, cmp.Or(r.origins[path].given, text)), allowed))
		}
	})
	r.checkBoxes(c)
	r.checkMQTT(&c.MQTT)
	r.checkBroker(c)
	r.checkListeners(c)
}

// unless adds a problem at path, but not where the value itself, or one the
// sentence speaks of, is wrong already.
func (r *reader) unless(others []string, path, text string) {
	for wrong := range r.wrong {
		if wrong == path || strings.HasPrefix(wrong, path+"[") {
			return
		}
		for _, other := range others {
			if wrong == other || strings.HasPrefix(wrong, other+"[") {
				return
			}
		}
	}
	r.problem(path, text)
}

func (r *reader) checkBoxes(c *Config) {
	if len(c.Boxes) == 0 {
		r.unless(nil, "boxes", refusal("an empty list", "at least one box; without the key it is fritz.box"))
	}
	ids := make(map[string]int)
	for i := range c.Boxes {
		box, at := &c.Boxes[i], element("boxes", i)
		if first, taken := ids[box.ID]; taken {
			r.unless([]string{at}, at+".id", r.sameID(box.ID, i, first))
		} else {
			ids[box.ID] = i
		}
		r.checkNumbers(box, at)
	}
}

// sameID says that a box has the id of one before it, or none, which is the same as
// that of the first one.
func (r *reader) sameID(id string, i, first int) string {
	variables := envPrefix + "BOXES_"
	_, given := r.origins[element("boxes", i)+".id"]
	switch from, begun := r.origins[element("boxes", i)]; {
	case given || !begun: // or the configuration was made in Go
		return refusal(shorten(id), "another id; "+element("boxes", first)+" has this one")
	case from.variable != "":
		return fmt.Sprintf("begins another box, which needs an id of its own: set %s%d_ID too; the variables of %s begin with %s%d_",
			variables, i, shorten(id), variables, first)
	}
	return "missing: each box needs one of its own, and " + shorten(id) + ", which stands for a missing one, is that of " + element("boxes", first)
}

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
		r.problem(at+".country", refusal(shorten(box.Country), "a country such as DE, AT or CH"))
		return
	case !known(box.AreaCode, nil):
		r.problem(at+".area_code", refusal(shorten(box.AreaCode), "an area code of "+box.Country+", with or without the leading 0, such as 030"))
		return
	}
	var good []string
	for i, number := range box.Numbers {
		path := element(at+".numbers", i)
		shown := shownValue(reflect.TypeFor[string](), "number", number)
		switch {
		case r.wrong[path]:
		case !known(box.AreaCode, []string{number}):
			r.problem(path, refusal(shown, `an own number, with or without a name, such as "23125732=Practice", "03023125069" or "+493023125069"`))
		case !known(box.AreaCode, append(good, number)):
			r.problem(path, refusal(shown, "each number once; where two differ only in the area code, both with it"))
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
			r.unless(urls, "mqtt."+key.name, "given without a broker: it needs mqtt.url")
		case key.tls && !encrypted:
			r.unless(urls, "mqtt."+key.name, "given for a connection without TLS: it needs mqtts:// or wss:// in mqtt.url")
		}
	}
	r.checkNames(m)
	if m.Password != "" && m.Username == "" {
		r.unless([]string{"mqtt.username"}, "mqtt.password", "given without mqtt.username")
	}
	if m.CertFile != "" && m.KeyFile == "" {
		r.unless([]string{"mqtt.key_file"}, "mqtt.cert_file", "given without mqtt.key_file")
	}
	if m.KeyFile != "" && m.CertFile == "" {
		r.unless([]string{"mqtt.cert_file"}, "mqtt.key_file", "given without mqtt.cert_file")
	}
	if m.Insecure && (m.CAFile != "" || m.Fingerprint != "") {
		r.unless(nil, "mqtt.insecure", refusal("true", "false, or neither mqtt.ca_file nor mqtt.fingerprint; they say whom to trust"))
	}
}

func (r *reader) checkBroker(c *Config) {
	external := []string{"mqtt.url", "mqtt.urls"}
	known := len(c.MQTT.Brokers()) > 0
	switch {
	case c.Broker.Enabled == On && known:
		r.unless(external, "broker.enabled", refusal("true", "false or auto while mqtt.url names another broker"))
	case c.Broker.Enabled == Off && !known:
		r.unless(external, "broker.enabled", refusal("false", "true or auto, or a broker in mqtt.url"))
	}
	if c.EmbeddedBroker() {
		r.checkDoors(&c.Broker)
	}
	names := make(map[string]int)
	for i, user := range c.Broker.Users {
		name, _, _ := strings.Cut(string(user), ":")
		if first, taken := names[name]; taken {
			r.unless(nil, element("broker.users", i), "has the name of "+element("broker.users", first))
		} else {
			names[name] = i
		}
	}
	r.checkRights(&c.Broker, names)
}

// door is one way into the embedded broker.
type Port struct {
	Key, Listen  string
	Name         string // what mqtt calls it
	secure, page bool   // by TLS, by WebSocket
}

func (b *Broker) Ports() []Port {
	return []Port{
		{"broker.listen", b.Listen, "tcp", false, false},
		{"broker.tls_listen", b.TLSListen, "tls", true, false},
		{"broker.websocket_listen", b.WebSocketListen, "ws", false, true},
		{"broker.websocket_tls_listen", b.WebSocketTLSListen, "wss", true, true},
	}
}

// checkDoors holds who may connect against the ways there are.
func (r *reader) checkDoors(b *Broker) {
	for _, way := range b.Ports() {
		open := []string{"broker.users", "broker.enabled"}
		switch {
		case way.Listen == "":
			continue
		case len(b.Users) > 0:
		case way.page:
			r.unless(open, way.Key, "given without broker.users: no WebSocket is open to everybody")
		case !loopback(way.Listen):
			_, port, _ := net.SplitHostPort(way.Listen)
			r.unless(open, way.Key, refusal(shorten(way.Listen), "an address of this computer such as 127.0.0.1:"+port+", or broker.users"))
		}
		if way.secure && b.CertFile == "" {
			r.unless([]string{"broker.cert_file"}, way.Key, "given without broker.cert_file and broker.key_file")
		}
	}
	if b.CertFile != "" && b.KeyFile == "" {
		r.unless([]string{"broker.key_file"}, "broker.cert_file", "given without broker.key_file")
	}
	if b.KeyFile != "" && b.CertFile == "" {
		r.unless([]string{"broker.cert_file"}, "broker.key_file", "given without broker.cert_file")
	}
	if b.CertFile != "" && b.TLSListen == "" && b.WebSocketTLSListen == "" {
		r.unless(nil, "broker.cert_file", "given without broker.tls_listen or broker.websocket_tls_listen")
	}
	if len(b.Origins) > 0 && b.WebSocketListen == "" && b.WebSocketTLSListen == "" {
		r.unless(nil, "broker.origins", "given without broker.websocket_listen or broker.websocket_tls_listen")
	}
}

// checkListeners wants a port for each listener, since the second on one would not
// open. Of two the later one is to blame, or the one that somebody has set.
func (r *reader) checkListeners(c *Config) {
	all := c.listeners()
	for i, later := range all {
		for _, first := range all[:i] {
			if !Collide(first.Address, later.Address) {
				continue
			}
			if _, set := r.origins[later.Key]; !set {
				if _, set := r.origins[first.Key]; set {
					first, later = later, first
				}
			}
			allowed := "another port; " + first.Key + " has this one"
			if first.Address != later.Address {
				allowed += " (" + first.Address + ")"
			}
			r.unless([]string{first.Key}, later.Key, refusal(shorten(later.Address), allowed))
			break
		}
	}
}

// checkRights wants the rights of each user at most once, and of users only.
func (r *reader) checkRights(b *Broker, users map[string]int) {
	named := make(map[string]int)
	for i, right := range b.Rights {
		name, _ := cutRight(right)
		at := element("broker.rights", i)
		if first, twice := named[name]; twice {
			r.unless(nil, at, "names the user of "+element("broker.rights", first))
		} else if _, is := users[name]; !is {
			r.unless([]string{"broker.users"}, at, "there is no user "+shorten(name)+" in broker.users")
		}
		named[name] = i
	}
}

// loopback reports whether a listen address is reached from this computer only.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
