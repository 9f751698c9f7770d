package config

import (
	"net/url"
)

// checkNames wants one name and password at the broker: all brokers of a cluster get
// the same, and of two that are given one would be ignored.
func (r *reader) checkNames(m *MQTT) {
	name, password, from := m.Username, string(m.Password), ""
	check := func(path string, given BrokerURL) {
		u, err := url.Parse(string(given))
		if err != nil || u.User == nil {
			return
		}
		user := u.User.Username()
		secret, locked := u.User.Password()
		keys := []string{"mqtt.username", "mqtt.password", path}
		switch {
		case user == "" && locked:
			r.unless(keys, path, refusal(shorten(given.String()), "a URL with a name before the password"))
		case user == "":
		case name == "":
			name, password, from = user, secret, path
		case user == name && (!locked || secret == password):
		case from == "":
			r.unless(keys, path, refusal(shorten(given.String()), "a URL without name and password; mqtt.username and mqtt.password have others"))
		default:
			r.unless(keys, path, refusal(shorten(given.String()), "the name and password of "+from+", or none; all brokers of a cluster get the same"))
		}
	}
	check("mqtt.url", m.URL)
	for i, u := range m.URLs {
		check(element("mqtt.urls", i), u)
	}
}
