package config

import (
	"net/url"
)

// checkCredentials requires one name and password for all brokers, whether in the URLs or
// in mqtt.username and mqtt.password: all brokers of a cluster get the same, and a second
// pair would be ignored.
func (r *reader) checkCredentials(m *MQTT) {
	name, password, from := m.Username, string(m.Password), ""
	check := func(path string, given BrokerURL) {
		u, err := url.Parse(string(given))
		if err != nil || u.User == nil {
			return
		}
		user := u.User.Username()
		userPassword, hasPassword := u.User.Password()
		keys := []string{"mqtt.username", "mqtt.password", path}
		switch {
		case user == "" && hasPassword:
			r.problemUnless(keys, path, notAllowed(shorten(given.String()), "a URL with a name before the password"))
		case user == "":
		case name == "":
			name, password, from = user, userPassword, path
		case user == name && (!hasPassword || userPassword == password):
		case from == "":
			r.problemUnless(keys, path, notAllowed(shorten(given.String()), "a URL without name and password; mqtt.username and mqtt.password have others"))
		default:
			r.problemUnless(keys, path, notAllowed(shorten(given.String()), "the name and password of "+from+", or none; all brokers of a cluster get the same"))
		}
	}
	check("mqtt.url", m.URL)
	for i, u := range m.URLs {
		check(element("mqtt.urls", i), u)
	}
}
