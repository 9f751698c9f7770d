package config

import (
	"cmp"
	"time"

	"github.com/callporter/callporter/call"
)

// Config is everything a user can set. It comes from defaults, then a file (YAML, or the
// JSON a Home Assistant app gets), then the environment; [Load] puts the three together.
// The comments of its fields are the text of [Example], so they speak to the user. The tag
// "is" names the rule of rules.go that a value must follow; a "?" behind it allows the
// empty value. The tag "max" is the most entries a list may have.
type Config struct {
	// Where callporter keeps its state. "" means: /data in a Home Assistant app,
	// $STATE_DIRECTORY under systemd, else ~/.local/state/callporter.
	Data string `yaml:"data" is:"path?"`

	// Language of the texts people read: en or de. Topics, keys and codes are
	// English in both.
	Language call.Language `yaml:"language" is:"language"`

	// The FRITZ!Boxes to listen to. On each, switch the call monitor on once: dial
	// #96*5* from a phone connected by cable or DECT.
	Boxes []Box `yaml:"boxes" max:"1000"`

	// The MQTT broker. Without a URL callporter is the broker itself, see "broker".
	MQTT MQTT `yaml:"mqtt"`

	// The broker inside callporter, for houses that have none.
	Broker Broker `yaml:"broker"`

	// Who is calling, and may it ring.
	Screening Screening `yaml:"screening"`

	// What a caller hears who is turned away with boxes.sip.method announce.
	Announcement Announcement `yaml:"announcement"`

	// An Asterisk asks whether a caller may ring (FastAGI).
	Asterisk Asterisk `yaml:"asterisk"`

	// Home Assistant finds the boxes by itself (MQTT discovery).
	Discovery Discovery `yaml:"discovery"`

	// Health and metrics by HTTP: /healthz, /readyz, /metrics.
	Web Web `yaml:"web"`

	// What callporter remembers of the calls.
	Journal Journal `yaml:"journal"`

	// Orders that arrive by MQTT; "callporter command" takes another way.
	Commands Commands `yaml:"commands"`

	// What callporter says about its own work, on standard error.
	Log Log `yaml:"log"`
}

// Box is one FRITZ!Box and the telephone line behind it.
type Box struct {
	// Part of every topic and entity: a to z, 0 to 9 and _. Changing it later
	// makes new entities.
	ID string `yaml:"id" is:"id"`

	// What people call this box.
	Name string `yaml:"name" is:"name"`

	// Host name or IP address, without port.
	Host string `yaml:"host" is:"host"`

	// Port of the call monitor; every FRITZ!Box uses 1012.
	MonitorPort int `yaml:"monitor_port" is:"port"`

	// Country of the line, as two letters.
	Country string `yaml:"country" is:"country"`

	// Area code of the line, with or without the 0: completes numbers the box
	// reports without one.
	AreaCode string `yaml:"area_code" is:"area_code?"`

	// Own numbers, each with a label if you like, as the box shows them under
	// Telephony > Telephone Numbers: ["23125732=Practice", "03023125069=Home"].
	Numbers []string `yaml:"numbers" max:"32" is:"number"`

	// A caller the box may have barred, who is unknown or on a list, is announced as
	// ringing only after this time: 0s to 10s.
	Debounce time.Duration `yaml:"debounce" is:"debounce"`

	// Time zone of the box's clock, such as Europe/Berlin; all times are shown in it.
	// "" is that of the country (DE, AT, CH), else this computer's.
	Timezone string `yaml:"timezone" is:"timezone?"`

	// A user of the box with the right "voice messages, fax messages, FRITZ!App Fon
	// and call list", for its phonebooks, lists and switches (TR-064). Without a
	// password callporter leaves them alone. An empty name is the one the box itself
	// suggests; the password can stand in the file CALLPORTER_BOXES_0_PASSWORD_FILE.
	Username string `yaml:"username" is:"text?"`
	Password Secret `yaml:"password" is:"password?"`

	// Port of TR-064; 0 is 49443, or 49000 without encryption.
	TR064Port int `yaml:"tr064_port" is:"port_or_0"`

	// true talks to the box without encryption. Only where the box knows no other.
	Plaintext bool `yaml:"plaintext"`

	// SHA-256 fingerprint of the box's certificate. "" trusts the one that is seen
	// first and remembers it.
	Fingerprint string `yaml:"fingerprint" is:"fingerprint?"`

	// Phonebooks, by name or index, whose contacts are always welcome.
	Trusted []string `yaml:"trusted" max:"16" is:"name"`

	// Phonebooks whose entries are unwanted callers.
	Blocked []string `yaml:"blocked" max:"16" is:"name"`

	// Phonebooks whose names are not shown. Of all others they are.
	Ignored []string `yaml:"ignored" max:"16" is:"name"`

	// Shows the caller's picture from the phonebook in Home Assistant.
	Pictures bool `yaml:"pictures"`

	// Keeps every line the call monitor sends in a file.
	Record Record `yaml:"record"`

	// The softphone: callporter as an IP phone at this box.
	SIP SIP `yaml:"sip"`
}

// Record is the raw log of one box.
type Record struct {
	// Directory of the files. "" records nothing.
	Dir string `yaml:"dir" is:"path?"`

	// One file a day instead of one that grows.
	Daily bool `yaml:"daily"`

	// Writes xxx for the last three digits of every number.
	Mask bool `yaml:"mask"`
}

// MQTT is the way to a broker and what callporter does there.
type MQTT struct {
	// mqtt://192.168.178.10:1883, or mqtts, ws, wss. "" uses the broker inside
	// callporter.
	URL BrokerURL `yaml:"url" is:"url?"`

	// More brokers of the same cluster, tried in turn.
	URLs []BrokerURL `yaml:"urls" max:"16" is:"url"`

	// Name and password at the broker. Rather than here, the password can stand in
	// a file that CALLPORTER_MQTT_PASSWORD_FILE names.
	Username string `yaml:"username" is:"text?"`
	Password Secret `yaml:"password" is:"password?"`

	// Name of this client. "" makes one up and remembers it.
	ClientID string `yaml:"client_id" is:"client_id?"`

	// For mqtts and wss: the authority that signed the broker's certificate, and
	// our own certificate with its key (PEM files).
	CAFile   string `yaml:"ca_file" is:"path?"`
	CertFile string `yaml:"cert_file" is:"path?"`
	KeyFile  string `yaml:"key_file" is:"path?"`

	// For mqtts and wss: the SHA-256 fingerprint of the one certificate to trust.
	Fingerprint string `yaml:"fingerprint" is:"fingerprint?"`

	// For mqtts and wss: true trusts any certificate. Only for a first try.
	Insecure bool `yaml:"insecure"`

	// First part of every topic.
	BaseTopic string `yaml:"base_topic" is:"topic"`

	// Quality of service of what callporter publishes: 1, or 0 for a broker that
	// knows no other; events can then be lost when the connection breaks.
	QoS int `yaml:"qos" is:"qos"`
}

// Broker is the embedded MQTT broker.
type Broker struct {
	// auto starts it if mqtt.url is empty; or true, false.
	Enabled Auto `yaml:"enabled" is:"auto"`

	// Address and port. Anything but this computer (127.0.0.1) needs users.
	Listen string `yaml:"listen" is:"listen"`

	// The same by TLS (mqtts), usually port 8883. "" switches it off.
	TLSListen string `yaml:"tls_listen" is:"listen_tls?"`

	// For browsers: WebSocket (ws), at / and /mqtt. It always needs users. "" switches
	// it off.
	WebSocketListen string `yaml:"websocket_listen" is:"listen_ws?"`

	// WebSocket by TLS (wss). "" switches it off.
	WebSocketTLSListen string `yaml:"websocket_tls_listen" is:"listen_wss?"`

	// Certificate and key for what goes by TLS (PEM files). A new certificate counts
	// from the next start.
	CertFile string `yaml:"cert_file" is:"path?"`
	KeyFile  string `yaml:"key_file" is:"path?"`

	// Web sites whose pages may use the WebSocket, such as "https://house.example",
	// beside pages of this host.
	Origins []string `yaml:"origins" max:"64" is:"origin"`

	// Who may connect, as "name:password". A hash in place of the password is safer:
	// callporter broker passwd prints it.
	Users []Secret `yaml:"users" max:"1000" is:"user"`

	// What users may do. "name=read" reads what is below mqtt.base_topic, "name=commands"
	// may give callporter orders too. "name=all", or not named here: everything.
	Rights []string `yaml:"rights" max:"1000" is:"right"`

	// Keeps retained messages over a restart, in the data directory.
	Persistence bool `yaml:"persistence"`
}

// Discovery is MQTT discovery of Home Assistant.
type Discovery struct {
	// false removes the devices from Home Assistant.
	Enabled bool `yaml:"enabled"`

	// Discovery prefix, as set in Home Assistant.
	Prefix string `yaml:"prefix" is:"topic"`

	// Where Home Assistant says that it has started. "" is <prefix>/status.
	StatusTopic string `yaml:"status_topic" is:"topic?"`
}

// Web is the HTTP server.
type Web struct {
	// Address and port. "" switches it off.
	Listen string `yaml:"listen" is:"listen_web?"`
}

// Journal is what callporter remembers, a database in the data directory.
type Journal struct {
	// false remembers nothing: no list of calls, no own lists, no undo.
	Enabled bool `yaml:"enabled"`

	// Days after which a call is forgotten; 0 keeps all.
	RetentionDays int `yaml:"retention_days" is:"days"`
}

// Commands says which orders are taken.
type Commands struct {
	// false refuses every order that arrives by MQTT.
	Enabled bool `yaml:"enabled"`

	// true lets callporter dial, by the dialling aid of the box, at most six times
	// an hour: landlines and mobiles of the country, and 0800.
	Dial bool `yaml:"dial"`

	// What may be dialled beside them: numbers that cost extra (0180, 0700, 0900) or
	// are abroad, short numbers, phones of the house ("**610").
	DialAllow []string `yaml:"dial_allow" max:"32" is:"number"`

	// Where "block" writes unless it says so itself: own (callporter's list alone),
	// barring (also the box's list of barred callers), phonebook (also the phonebook
	// named below), or auto: barring where callporter has access to the box.
	Block BlockWhere `yaml:"block" is:"block_where"`

	// Phonebook for "block" and "phonebook_add", by name or index. It has to exist,
	// and no online phonebook can be written.
	Phonebook string `yaml:"phonebook" is:"name?"`
}

// Log is the program's own log.
type Log struct {
	// debug, info, warn or error.
	Level LogLevel `yaml:"level" is:"level"`

	// text or json.
	Format LogFormat `yaml:"format" is:"format"`
}

// Default returns the values of all keys that neither file nor environment set. Data is
// empty there; [Load] fills it in.
func Default() Config {
	return Config{
		Language:  call.English,
		Boxes:     []Box{DefaultBox()},
		MQTT:      MQTT{BaseTopic: "callporter", QoS: 1},
		Broker:    Broker{Listen: "127.0.0.1:1883", Persistence: true},
		Screening: DefaultScreening(), Announcement: DefaultAnnouncement(),
		Asterisk:  DefaultAsterisk(),
		Discovery: Discovery{Enabled: true, Prefix: "homeassistant"},
		Web:       Web{Listen: "127.0.0.1:8099"},
		Journal:   Journal{Enabled: true, RetentionDays: 365},
		Commands:  Commands{Enabled: true, Block: BlockAuto},
		Log:       Log{Level: LogInfo, Format: LogText},
	}
}

// DefaultBox is the one box of the default configuration. Each entry of boxes starts from
// it too, so that keys left out have its values.
func DefaultBox() Box {
	return Box{
		ID: "fritzbox", Name: "FRITZ!Box", Host: "fritz.box", MonitorPort: 1012,
		Country: "DE", Debounce: 500 * time.Millisecond, SIP: DefaultSIP(),
	}
}

// EmbeddedBroker reports whether callporter itself is the broker.
func (c *Config) EmbeddedBroker() bool {
	return c.Broker.Enabled == On || c.Broker.Enabled == AutoDecides && len(c.MQTT.Brokers()) == 0
}

// Brokers are the URLs to try in turn, credentials included: url first, then urls.
func (m *MQTT) Brokers() []string {
	var all []string
	if m.URL != "" {
		all = append(all, string(m.URL))
	}
	for _, u := range m.URLs {
		all = append(all, string(u))
	}
	return all
}

// countryZones are the countries with one time zone. A computer, or the container of a
// gateway, may be in another one than its box.
var countryZones = map[string]string{"DE": "Europe/Berlin", "AT": "Europe/Vienna", "CH": "Europe/Zurich"}

// Location is the zone of the box's clock, in which all times stand that people read:
// Timezone, else that of Country, else this computer's.
func (b *Box) Location() *time.Location {
	name := cmp.Or(b.Timezone, countryZones[b.Country])
	if l, err := time.LoadLocation(name); err == nil && name != "" {
		return l
	}
	return time.Local
}

// ShowsPictures reports whether callers' pictures are published: only the box has them.
func (b *Box) ShowsPictures() bool { return b.Pictures && b.Password != "" }

// Status is the topic on which Home Assistant reports its start.
func (d *Discovery) Status() string {
	return cmp.Or(d.StatusTopic, d.Prefix+"/status")
}
