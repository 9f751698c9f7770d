package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

// readText reads a configuration without looking at the files it names.
func readText(name string, text []byte, env []string) (Config, error) {
	return read(name, text, env, false)
}

// TestConfigMistakes: each file of testdata/mistakes holds one mistake, and the
// file beside it every word the user gets to read.
func TestConfigMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.conf.yaml")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".conf.yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".conf.yaml") + ".want.txt")
			if err != nil {
				t.Fatal(err)
			}
			_, err = readText(name, text, nil)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "hunter") {
				t.Error("a secret in the message")
			}
		})
	}
}

// TestConfigExample: the example is the file in examples, has a comment for every
// key, and says what holds without it.
func TestConfigExample(t *testing.T) {
	example := Example()
	committed, err := os.ReadFile("../../examples/gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), example); diff != "" {
		t.Errorf("write it again with `callporter config >examples/gateway.yaml`:\n%s", diff)
	}
	got, err := readText("gateway.yaml", []byte(example), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configValues(Default()), configValues(got)); diff != "" {
		t.Error(diff)
	}
	lines := strings.Split(example, "\n")
	for i, line := range lines {
		if len(line) > 100 {
			t.Errorf("line %d is too long", i+1)
		}
		// Names that share a comment stand right below it.
		key, _, isKey := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), ":")
		shared := key == "password" || key == "cert_file" || key == "key_file"
		if isKey && key[0] != '#' && !shared && !strings.HasPrefix(strings.TrimSpace(lines[i-1]), "# ") {
			t.Errorf("no comment for %s", key)
		}
	}
}

// TestConfigDefaultIsValid, and so is every text without a key.
func TestConfigDefaultIsValid(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "{}", "null", "boxes:\nmqtt:\nlog: ~\n", "\ufefflanguage: en\n"} {
		got, err := readText("x", []byte(text), nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if diff := cmp.Diff(configValues(c), configValues(got)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// TestConfigRead reads every key, as YAML and as the JSON of an app.
func TestConfigRead(t *testing.T) {
	want := Config{
		Data: "/srv/callporter", Language: call.German,
		Boxes: []Box{
			{
				ID: "cellar", Name: "Küche 🎉/Keller", Host: "fe80::1%eth0", MonitorPort: 11012, Country: "AT", AreaCode: "01",
				Numbers: []string{"23456", "+4312345678=Büro"}, Debounce: 0, Timezone: "Europe/Vienna",
				Username: "porter", Password: "67890", TR064Port: 49000, Plaintext: true, Fingerprint: strings.Repeat("0f", 32),
				Trusted: []string{"0", "Familie"}, Blocked: []string{"Spam"}, Ignored: []string{"3"}, Pictures: true,
				Record: Record{Dir: "/srv/raw", Daily: true, Mask: true},
				SIP: SIP{
					Enabled: true, Username: "porter_1", Password: "abcde", Port: 15060, Transport: SIPOverTCP, Listen: "[::]:5070",
					Contact: "192.168.178.10:5071", Hold: Hold(20 * time.Second), Method: RejectAnnounce, Label: "Pförtner",
				},
			},
			{
				ID: "fritzbox", Name: "FRITZ!Box", Host: "192.168.178.1", MonitorPort: 1012, Country: "DE", AreaCode: "030",
				Debounce: 500 * time.Millisecond, SIP: DefaultSIP(),
			},
		},
		MQTT: MQTT{
			URL: "mqtts://a.example", URLs: []BrokerURL{"wss://b.example:443/mqtt"}, Username: "anna", Password: "12345",
			ClientID: "c", CAFile: "ca.pem", CertFile: "c.pem", KeyFile: "k.pem", Fingerprint: strings.Repeat("aB:", 31) + "cd",
			BaseTopic: "house/calls", QoS: 0,
		},
		Broker: Broker{
			Enabled: Off, Listen: ":0", TLSListen: ":8883", WebSocketListen: "127.0.0.1:9001", WebSocketTLSListen: "[::]:9443",
			CertFile: "b.pem", KeyFile: "b.key", Origins: []string{"https://house.example"},
			Users: []Secret{"bert:pass:word"}, Rights: []string{"bert=read"}, Persistence: false,
		},
		Screening: DefaultScreening(),
		Announcement: Announcement{
			Say: SayNotInService, Tone: true, Directory: "/srv/texts", Ring: "5s-11s", Limit: 90 * time.Second, Ports: "7078-7097",
			Record: RecordCalls{Enabled: false, MaxLength: 30 * time.Second, MaxTotal: 20}, Challenge: Challenge{Enabled: false, Minutes: 60},
		},
		Asterisk:  Asterisk{Enabled: true, Listen: "0.0.0.0:14573", Allow: []string{"192.168.178.20", "2001:db8::/32"}, ID: "pbx", Name: "Anlage", Box: "cellar"},
		Discovery: Discovery{Enabled: false, Prefix: "ha", StatusTopic: "ha/born"},
		Web:       Web{Listen: ""},
		Journal:   Journal{Enabled: false, RetentionDays: 30},
		Commands:  Commands{Enabled: false, Dial: true, DialAllow: []string{"0043123456"}, Block: BlockPhonebook, Phonebook: "Spam"},
		Log:       Log{Level: LogError, Format: LogJSON},
	}
	for name, text := range map[string]string{"YAML": wholeYAML, "JSON": wholeJSON} {
		got, err := readText("x", []byte(text), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(configValues(want), configValues(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

const wholeYAML = `
data: /srv/callporter
language: de
boxes:
  - {id: cellar, name: Küche 🎉/Keller, host: "fe80::1%eth0", monitor_port: 11012, country: AT, area_code: 01,
     numbers: [23456, +4312345678=Büro], debounce: 0s, timezone: Europe/Vienna,
     username: porter, password: 67890, tr064_port: 49000, plaintext: true, fingerprint: "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
     trusted: [0, Familie], blocked: [Spam], ignored: [3], pictures: true, record: {dir: /srv/raw, daily: true, mask: true},
     sip: {enabled: true, username: porter_1, password: abcde, port: 15060, transport: tcp, listen: "[::]:5070",
       contact: "192.168.178.10:5071", hold: 20s, method: announce, label: Pförtner}}
  - host: 192.168.178.1
    area_code: 030
mqtt:
  url: mqtts://a.example
  urls:
    - wss://b.example:443/mqtt
  username: anna
  password: 12345
  client_id: c
  ca_file: ca.pem
  cert_file: c.pem
  key_file: k.pem
  fingerprint: aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:cd
  base_topic: house/calls
  qos: 0
broker: {enabled: false, listen: ":0", tls_listen: ":8883", websocket_listen: "127.0.0.1:9001", websocket_tls_listen: "[::]:9443",
  cert_file: b.pem, key_file: b.key, origins: ["https://house.example"], users: ["bert:pass:word"], rights: [bert=read], persistence: false}
announcement: {say: not_in_service, tone: true, directory: /srv/texts, ring: 5s-11s, limit: 90s, ports: 7078-7097,
  record: {enabled: false, max_length: 30s, max_total: 20}, challenge: {enabled: false, minutes: 60}}
discovery: {enabled: false, prefix: ha, status_topic: ha/born}
asterisk: {enabled: true, listen: "0.0.0.0:14573", allow: [192.168.178.20, "2001:db8::/32"], id: pbx, name: Anlage, box: cellar}
web: {listen: ""}
journal: {enabled: false, retention_days: 30}
commands: {enabled: false, dial: true, dial_allow: ["0043123456"], block: phonebook, phonebook: Spam}
log: {level: error, format: json}
`

const wholeJSON = `{
	"data": "\/srv\/callporter", "language": "de",
	"boxes": [
		{"id": "cellar", "name": "K\u00fcche \ud83c\udf89\/Keller", "host": "fe80::1%eth0", "monitor_port": 11012, "country": "AT",
		 "area_code": "01", "numbers": ["23456", "+4312345678=Büro"], "debounce": "0s", "timezone": "Europe/Vienna",
		 "username": "porter", "password": "67890", "tr064_port": 49000, "plaintext": true, "fingerprint": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
		 "trusted": ["0", "Familie"], "blocked": ["Spam"], "ignored": ["3"], "pictures": true,
		 "record": {"dir": "/srv/raw", "daily": true, "mask": true},
		 "sip": {"enabled": true, "username": "porter_1", "password": "abcde", "port": 15060, "transport": "tcp", "listen": "[::]:5070",
			"contact": "192.168.178.10:5071", "hold": "20s", "method": "announce", "label": "Pförtner"}},
		{"host":"192.168.178.1","area_code":"030"}
	],
	"mqtt": {"url": "mqtts://a.example", "urls": ["wss://b.example:443/mqtt"], "username": "anna", "password": "12345", "client_id": "c",
		"ca_file": "ca.pem", "cert_file": "c.pem", "key_file": "k.pem", "insecure": false, "base_topic": "house/calls", "qos": 0,
		"fingerprint": "aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:aB:cd"},
	"broker": {"enabled": "false", "listen": ":0", "tls_listen": ":8883", "websocket_listen": "127.0.0.1:9001", "websocket_tls_listen": "[::]:9443",
		"cert_file": "b.pem", "key_file": "b.key", "origins": ["https://house.example"], "users": ["bert:pass:word"], "rights": ["bert=read"], "persistence": false},
	"announcement": {"say": "not_in_service", "tone": true, "directory": "/srv/texts", "ring": "5s-11s", "limit": "90s", "ports": "7078-7097",
		"record": {"enabled": false, "max_length": "30s", "max_total": 20}, "challenge": {"enabled": false, "minutes": 60}},
	"discovery": {"enabled": false, "prefix": "ha", "status_topic": "ha/born"},
	"asterisk": {"enabled": true, "listen": "0.0.0.0:14573", "allow": ["192.168.178.20", "2001:db8::/32"], "id": "pbx", "name": "Anlage", "box": "cellar"},
	"web": {"listen": ""}, "journal": {"enabled": false, "retention_days": 30},
	"commands": {"enabled": false, "dial": true, "dial_allow": ["0043123456"], "block": "phonebook", "phonebook": "Spam"}, "log": {"level": "error", "format": "json"}
}`

// TestConfigShowsNoSecret in any of the ways a value is printed.
func TestConfigShowsNoSecret(t *testing.T) {
	c := Default()
	c.MQTT.URL, c.MQTT.URLs = "mqtt://anna:hunter2@broker.example:1883", []BrokerURL{"ws://hunter2@b.example/hunter2"}
	c.MQTT.Username, c.MQTT.Password, c.Broker.Users = "anna", "hunter2", []Secret{"bert:hunter2"}
	c.Boxes[0].Username, c.Boxes[0].Password = "porter", "hunter2"
	c.Boxes[0].SIP.Username, c.Boxes[0].SIP.Password = "porter", "hunter2"
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&shown, verb+"\n", c)
		fmt.Fprintf(&shown, verb+"\n", &c.MQTT)
		fmt.Fprintf(&shown, verb+"\n", c.Broker)
		fmt.Fprintf(&shown, verb+" "+verb+"\n", c.MQTT.Password, c.MQTT.URL)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(h).Info("configuration", "config", c, "mqtt", c.MQTT, "password", c.MQTT.Password, "url", c.MQTT.URL, "users", c.Broker.Users)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(encoded)
	shown.WriteString(c.String())
	if s := shown.String(); strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") {
		t.Error(s)
	}
	if !strings.Contains(c.String(), `password: "••••"`) || !strings.Contains(c.String(), `url: "mqtt://••••@broker.example:1883"`) {
		t.Error(c.String())
	}
	r := c.Redacted()
	if r.MQTT.Password != "••••" || r.Broker.Users[0] != "••••" || r.MQTT.URLs[0] != "ws://••••@b.example/…" {
		t.Errorf("%q %q %q", string(r.MQTT.Password), string(r.Broker.Users[0]), string(r.MQTT.URLs[0]))
	}
	if c.MQTT.Password != "hunter2" || c.Broker.Users[0] != "bert:hunter2" || c.MQTT.URLs[0] != "ws://hunter2@b.example/hunter2" {
		t.Error("Redacted changed the configuration itself")
	}
	if d := Default().Redacted(); d.MQTT.Password != "" {
		t.Error("an empty secret is shown as if there were one")
	}
}

func TestConfigBrokerURLString(t *testing.T) {
	for given, want := range map[string]string{
		"":                               "",
		"mqtt://broker.example":          "mqtt://broker.example",
		"mqtts://[fe80::1]:8883":         "mqtts://[fe80::1]:8883",
		"mqtt://a:hunter2@b:1":           "mqtt://••••@b:1",
		"mqtt://a:hun@ter2@b":            "mqtt://••••@b",
		"mqtt://a:hun/ter2@b":            "mqtt://••••@b",
		"mqtt://a:hunter2":               "mqtt://…",
		"a:hunter2":                      "…",
		"a:hunter2://b":                  "…",
		"mqtt://b/path":                  "mqtt://b/…",
		"mqtt://b?password=hunter2":      "mqtt://…",
		"mqtt://b:1883/?token=hunter2#x": "mqtt://b:1883/…",
	} {
		if got := BrokerURL(given).String(); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

// TestConfigValidate: a configuration made in Go is held to the same rules.
func TestConfigValidate(t *testing.T) {
	c := Default()
	c.Boxes[0].MonitorPort, c.MQTT.QoS, c.Log.Level, c.Language = -1, 7, 99, 99
	c.Broker.Users = []Secret{"hunter2"}
	c.MQTT.URLs = make([]BrokerURL, 17)
	want := `language: unknown is not allowed: en or de
boxes[0].monitor_port: -1 is not allowed: a port from 1 to 65535
mqtt.urls: 17 entries are too many: at most 16`
	err := c.Validate()
	if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
	problems, ok := errors.AsType[*Problems](err)
	if !ok || len(problems.List) != maxProblems || problems.More == 0 {
		t.Errorf("%+v", problems)
	}
	if diff := cmp.Diff(Problem{Key: "language", Text: "unknown is not allowed: en or de"}, problems.List[0]); diff != "" {
		t.Error(diff)
	}
}

func TestConfigManyBoxes(t *testing.T) {
	c := Default()
	for i := 1; i < 1000; i++ {
		box := c.Boxes[0]
		box.ID = fmt.Sprintf("box_%d", i)
		c.Boxes = append(c.Boxes, box)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c.Boxes = append(c.Boxes, c.Boxes[0])
	if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), "boxes: 1001 entries are too many: at most 1000\n") {
		t.Error(err)
	}
}

func TestConfigDerived(t *testing.T) {
	c := Default()
	if !c.EmbeddedBroker() || c.MQTT.Brokers() != nil || c.Discovery.Status() != "homeassistant/status" || c.Boxes[0].Location().String() != "Europe/Berlin" {
		t.Error("of the defaults")
	}
	for country, want := range map[string]string{"AT": "Europe/Vienna", "CH": "Europe/Zurich", "PL": "Local"} {
		if zone := (&Box{Country: country}).Location(); zone.String() != want {
			t.Errorf("the zone of %s is %v", country, zone)
		}
	}
	c.MQTT.URL, c.MQTT.URLs = "mqtt://a", []BrokerURL{"mqtt://b"}
	c.Discovery.StatusTopic, c.Boxes[0].Timezone = "born", "Europe/London"
	if diff := cmp.Diff([]string{"mqtt://a", "mqtt://b"}, c.MQTT.Brokers()); diff != "" || c.EmbeddedBroker() {
		t.Error(diff)
	}
	if c.Discovery.Status() != "born" || c.Boxes[0].Location().String() != "Europe/London" {
		t.Error("of values set")
	}
	for l, want := range map[LogLevel]slog.Level{LogDebug: slog.LevelDebug, LogInfo: slog.LevelInfo, LogWarn: slog.LevelWarn, LogError: slog.LevelError} {
		if l.Level() != want {
			t.Errorf("%v: %v", l, l.Level())
		}
	}
}

// configValues makes a configuration comparable: cmp would compare secrets by their
// String, that is all of them as equal.
func configValues(c Config) map[string]string {
	m := make(map[string]string)
	walkValues(reflect.ValueOf(&c).Elem(), "", field{}, func(path string, _ field, v reflect.Value) {
		if v.Kind() == reflect.Slice {
			m[path] = fmt.Sprint(v.Len())
			return
		}
		m[path] = scalarText(v)
	})
	return m
}

// TestConfigSuggestions: what is near enough to be meant.
func TestConfigSuggestions(t *testing.T) {
	for given, want := range map[string]string{
		"hots": "host", "Host": "host", "port": "monitor_port", "monitorport": "monitor_port", "areacode": "area_code",
		"time_zone": "timezone", "nummbers": "numbers", "x": "", "secret": "", strings.Repeat("host", 50): "",
	} {
		if got := nearest(given, keysOf(reflect.TypeFor[Box]())); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	for _, d := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"host", "hots", 2}, {"kitten", "sitting", 3}, {"a", "a", 0}} {
		if got := distance(d.a, d.b); got != d.want {
			t.Errorf("%q, %q: %d, want %d", d.a, d.b, got, d.want)
		}
	}
}
