package gateway_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	mqttbroker "github.com/callporter/callporter/mqtt/broker"
)

// TestBrokerThatDropsIsNotReady: a broker that takes what is published and drops it
// looks like any other to a client of MQTT 3.1.1. /readyz says what is wrong with it,
// and the user what to do, in both languages.
func TestBrokerThatDropsIsNotReady(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(t *testing.T) string{
		"mosquitto": func(t *testing.T) string {
			dir := t.TempDir()
			list, passwords := filepath.Join(dir, "acl"), filepath.Join(dir, "passwords")
			if out, err := exec.Command(peer(t, "mosquitto_passwd", "apt-get install mosquitto"), "-c", "-b", passwords, "porter", "right").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if err := os.WriteFile(list, []byte("user porter\ntopic read #\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return newMosquitto(t, "allow_anonymous false", "password_file "+passwords, "acl_file "+list).address
		},
		"another callporter": func(t *testing.T) string {
			b, err := mqttbroker.New(mqttbroker.Options{
				Listen: "127.0.0.1:0", Users: map[string]string{"porter": "right"},
				Rights: map[string]mqttbroker.Rights{"porter": mqttbroker.RightsCommands}, Base: "callporter",
			})
			if err != nil {
				t.Fatal(err)
			}
			background(t, b.Run)
			return b.Addr().String()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, func(h *house) {
				h.config.MQTT.URL = config.BrokerURL("mqtt://" + at(t))
				h.config.MQTT.Username, h.config.MQTT.Password = "porter", "right"
				h.options.Timing.MQTT.Echo = 50 * time.Millisecond
			})
			var err error
			if h.gateway, err = gateway.New(h.config, h.options); err != nil {
				t.Fatal(err)
			}
			background(t, h.gateway.Run)
			<-h.gateway.Ready()
			want := "give the user porter write rights on callporter/# and homeassistant/#"
			var code int
			var body string
			eventually(t, "it is not ready", func() bool {
				code, body = h.get("/readyz")
				return code == 503 && strings.Contains(body, want)
			})
		})
	}
}
