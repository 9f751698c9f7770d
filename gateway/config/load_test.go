package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// configFile puts a file into a directory of this test and returns its path.
func configFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigPrecedence: defaults, then the file, then the environment.
func TestConfigPrecedence(t *testing.T) {
	file := configFile(t, "gateway.yaml", "boxes:\n  - id: cellar\n    host: 192.168.178.1\n    numbers: [23456]\nlog: {level: warn}\n")
	secret := configFile(t, "password", "hunter2\r\n")
	c, err := load(file, []string{
		"CALLPORTER_BOXES_0_HOST=192.168.178.2",
		"CALLPORTER_BOXES_0_AREA_CODE=030",
		"CALLPORTER_BOXES_0_NUMBERS=23125732=Practice, 23125069=Home,",
		"CALLPORTER_BOXES_1_ID=attic",
		"CALLPORTER_BOXES_1_RECORD_DAILY=true",
		"CALLPORTER_BOXES_1_DEBOUNCE=2s",
		"CALLPORTER_BOXES_1_NUMBERS_0=23456",
		"CALLPORTER_MQTT_URL=mqtts://broker.example",
		"CALLPORTER_MQTT_USERNAME=anna",
		"CALLPORTER_MQTT_PASSWORD_FILE=" + secret,
		"CALLPORTER_MQTT_CA_FILE=ca.pem",
		"CALLPORTER_MQTT_QOS=0",
		"CALLPORTER_WEB_LISTEN=",
		"CALLPORTER_BROKER_USERS_FILE=" + configFile(t, "users", "anna:pa,ss\n\nbert:hunter3\n"),
		"CALLPORTER_LANGUAGE=en",
		"CALLPORTER_LANGUAGE=de", // of two the last counts, as for the system
		// What Kubernetes sets beside a service of this name.
		"CALLPORTER_SERVICE_HOST=10.0.0.1",
		"CALLPORTER_SERVICE_PORT_MQTT=1883",
		"CALLPORTER_PORT=tcp://10.0.0.1:1883",
		"CALLPORTER_PORT_1883_TCP_ADDR=10.0.0.1",
		"PATH=/bin", "STATE_DIRECTORY=/var/lib/a:/var/lib/b",
	}, "/nowhere/options.json", false)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	attic := DefaultBox()
	attic.ID, attic.Record.Daily, attic.Debounce, attic.Numbers = "attic", true, 2e9, []string{"23456"}
	want.Boxes[0].ID, want.Boxes[0].Host, want.Boxes[0].AreaCode = "cellar", "192.168.178.2", "030"
	want.Boxes[0].Numbers = []string{"23125732=Practice", "23125069=Home"}
	want.Boxes = append(want.Boxes, attic)
	want.MQTT.URL, want.MQTT.Username, want.MQTT.Password, want.MQTT.CAFile, want.MQTT.QoS = "mqtts://broker.example", "anna", "hunter2", "ca.pem", 0
	want.Web.Listen, want.Broker.Users, want.Language = "", []Secret{"anna:pa,ss", "bert:hunter3"}, 1
	want.Log.Level, want.Data = LogWarn, "/var/lib/a"
	if diff := cmp.Diff(configValues(want), configValues(c)); diff != "" {
		t.Error(diff)
	}
}

// TestConfigVariableMistakes: the message names the variable.
func TestConfigVariableMistakes(t *testing.T) {
	secret := configFile(t, "secret", "hunter2\n")
	large := configFile(t, "large", strings.Repeat("a", maxSecretFile+1))
	for _, test := range []struct{ env, want string }{
		{"CALLPORTER_BOXES_0_MONITOR_PORT=99999", "CALLPORTER_BOXES_0_MONITOR_PORT: 99999 is not allowed: a port from 1 to 65535"},
		{"CALLPORTER_BOXES_0_MONITOR_PORT=telnet", "CALLPORTER_BOXES_0_MONITOR_PORT: telnet is not allowed: a port from 1 to 65535"},
		{"CALLPORTER_BOXES_0_MONITOR_PORT=", `CALLPORTER_BOXES_0_MONITOR_PORT: "" is not allowed: a port from 1 to 65535`},
		{"CALLPORTER_BOXES_0_PORT=1012", "CALLPORTER_BOXES_0_PORT: unknown variable: did you mean CALLPORTER_BOXES_0_MONITOR_PORT?"},
		{"CALLPORTER_MQT_URL=mqtt://a", "CALLPORTER_MQT_URL: unknown variable: did you mean CALLPORTER_MQTT_URL?"},
		{"CALLPORTER_BOXES=fritz.box", "CALLPORTER_BOXES: unknown variable: did you mean CALLPORTER_BOXES_0_ID?"},
		{"CALLPORTER_MQTT_PASWORD=hunter2", "CALLPORTER_MQTT_PASWORD: unknown variable: did you mean CALLPORTER_MQTT_PASSWORD?"},
		{"CALLPORTER_XYZZY_PLUGH_FOO=1", "CALLPORTER_XYZZY_PLUGH_FOO: unknown variable: `callporter config` lists the keys; CALLPORTER_MQTT_URL is mqtt.url"},
		{"CALLPORTER_BOXES_2_HOST=fritz.box", "CALLPORTER_BOXES_2_HOST: index 2 is not allowed: 0 to 1; a list grows entry by entry"},
		{"CALLPORTER_BOXES_1_HOST=fritz.box", `CALLPORTER_BOXES_1_HOST: begins another box, which needs an id of its own: ` +
			`set CALLPORTER_BOXES_1_ID too; the variables of "fritzbox" begin with CALLPORTER_BOXES_0_`},
		{"CALLPORTER_BOXES_1_ID=fritzbox", `CALLPORTER_BOXES_1_ID: "fritzbox" is not allowed: another id; boxes[0] has this one`},
		{"CALLPORTER_BOXES_0_PASSWORD_FILE=" + configFile(t, "nothing", "\n"), `CALLPORTER_BOXES_0_PASSWORD_FILE: cannot use "` + os.TempDir() + `": it is empty`},
		{"CALLPORTER_BROKER_USERS_FILE=" + configFile(t, "nobody", ""), `CALLPORTER_BROKER_USERS_FILE: cannot use "` + os.TempDir() + `": it is empty`},
		{"CALLPORTER_WEB=127.0.0.1:80", "CALLPORTER_WEB: unknown variable: did you mean CALLPORTER_WEB_LISTEN?"},
		{"CALLPORTER_COMMANDS_ENABLED=perhaps", "CALLPORTER_COMMANDS_ENABLED: perhaps is not allowed: true or false"},
		{"CALLPORTER_LANGUAGE=fr", "CALLPORTER_LANGUAGE: fr is not allowed: en or de"},
		{"CALLPORTER_BOXES_0_DEBOUNCE=90s", "CALLPORTER_BOXES_0_DEBOUNCE: 90s is not allowed: a duration from 0s to 10s, such as 500ms"},
		{"CALLPORTER_BOXES_0_NUMBERS=23456,23125732;Home", `CALLPORTER_BOXES_0_NUMBERS: "23125xxx;Home" is not allowed: an own number, ` +
			`with or without a name, such as "23125732=Practice", "03023125069" or "+493023125069"`},
		{"CALLPORTER_BROKER_USERS=hunter2", `CALLPORTER_BROKER_USERS: the value (not shown) is not allowed: "name:password", the name at most 64 characters`},
		{"CALLPORTER_MQTT_URL=mqtt://anna:hunter2@b:0", `CALLPORTER_MQTT_URL: "mqtt://••••@b:0" is not allowed: a URL with a port from 1 to 65535`},
		{"CALLPORTER_DATA=\xff", `CALLPORTER_DATA: "\xff" is not allowed: 1 to 4096 characters, no control characters`},
		{"CALLPORTER_MQTT_PASSWORD_FILE=/nowhere/password", `CALLPORTER_MQTT_PASSWORD_FILE: cannot read "/nowhere/password": no such file or directory`},
		{"CALLPORTER_MQTT_PASSWORD_FILE=" + filepath.Dir(secret), `CALLPORTER_MQTT_PASSWORD_FILE: cannot read "` + filepath.Dir(secret) + `": not a readable file`},
		{"CALLPORTER_MQTT_PASSWORD_FILE=" + large, `CALLPORTER_MQTT_PASSWORD_FILE: cannot use "` + large + `": more than 64 KiB`},
		{"CALLPORTER_LOG_LEVEL_FILE=" + secret, "CALLPORTER_LOG_LEVEL_FILE: hunter2 is not allowed: debug, info, warn or error"},
	} {
		_, err := readText("gateway.yaml", nil, []string{test.env})
		if err == nil {
			t.Errorf("%s: no error", test.env)
		} else if diff := cmp.Diff(quoteShort(test.want), quoteShort(err.Error())); diff != "" {
			t.Errorf("%s: %s", test.env, diff)
		}
	}
	_, err := readText("gateway.yaml", nil, []string{"CALLPORTER_MQTT_PASSWORD=hunter2", "CALLPORTER_MQTT_PASSWORD_FILE=" + secret,
		"CALLPORTER_MQTT_USERNAME=anna", "CALLPORTER_MQTT_URL=mqtt://a"})
	if want := "CALLPORTER_MQTT_PASSWORD_FILE: given by CALLPORTER_MQTT_PASSWORD too"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// quoteShort drops what shorten cut from the long path of a temporary directory.
func quoteShort(s string) string {
	if i := strings.Index(s, os.TempDir()); i >= 0 {
		return s[:i] + "…" + s[strings.LastIndexByte(s, ':'):]
	}
	return s
}

// TestConfigOrder: mistakes of the file come in the order of its lines, then those
// of the environment.
func TestConfigOrder(t *testing.T) {
	_, err := readText("gateway.yaml", []byte("log: {level: loud}\nlanguage: fr\ncolour: blue\n"), []string{"CALLPORTER_MQTT_QOS=4", "CALLPORTER_WEB_LISTEN=80"})
	want := `gateway.yaml:1: log.level: loud is not allowed: debug, info, warn or error
gateway.yaml:2: language: fr is not allowed: en or de
gateway.yaml:3: unknown key "colour": allowed: data, language, boxes, mqtt, broker, screening, announcement, asterisk, discovery, web, journal, commands, log
CALLPORTER_MQTT_QOS: 4 is not allowed: 0 or 1
CALLPORTER_WEB_LISTEN: "80" is not allowed: an address and a port, such as 127.0.0.1:8099`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestConfigLoad(t *testing.T) {
	options := configFile(t, "options.json", `{"language": "de"}`)
	plain := configFile(t, "gateway.yaml", "log: {level: debug}\ndata: /srv/state\n")
	home := []string{"HOME=/home/anna"}
	for _, test := range []struct {
		name, path, options string
		env                 []string
		data, language      string
	}{
		{"no file", "", "/nowhere", home, "/home/anna/.local/state/callporter", "en"},
		{"no file, no home", "", "/nowhere", nil, "/var/lib/callporter", "en"},
		{"XDG", "", "/nowhere", append(home, "XDG_STATE_HOME=/home/anna/state"), "/home/anna/state/callporter", "en"},
		{"XDG not absolute", "", "/nowhere", append(home, "XDG_STATE_HOME=state"), "/home/anna/.local/state/callporter", "en"},
		{"systemd", "", "/nowhere", append(home, "STATE_DIRECTORY=/var/lib/callporter"), "/var/lib/callporter", "en"},
		{"variable", "", "/nowhere", append(home, "CALLPORTER_DATA=/srv/x"), "/srv/x", "en"},
		{"app", "", options, home, filepath.Dir(options), "de"},
		{"app with a file", plain, options, home, "/srv/state", "en"},
		{"file", plain, "/nowhere", home, "/srv/state", "en"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := load(test.path, test.env, test.options, false)
			if err != nil {
				t.Fatal(err)
			}
			if c.Data != test.data || c.Language.String() != test.language {
				t.Errorf("%s %s, want %s %s", c.Data, c.Language, test.data, test.language)
			}
		})
	}
	if _, err := load("/nowhere/gateway.yaml", nil, "", false); !errors.Is(err, fs.ErrNotExist) ||
		err.Error() != "read configuration: open /nowhere/gateway.yaml: no such file or directory" {
		t.Errorf("missing: %v", err)
	}
	if _, err := load(t.TempDir(), nil, "", false); err == nil || !strings.HasPrefix(err.Error(), "read configuration: ") {
		t.Errorf("directory: %v", err)
	}
	large := configFile(t, "large.yaml", strings.Repeat("#", maxFile+1))
	if _, err := load(large, nil, "", false); err == nil || err.Error() != large+": more than 1 MiB" {
		t.Errorf("large: %v", err)
	}
}
