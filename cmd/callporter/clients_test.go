//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/callporter/callporter/internal/testkit"
)

// TestClientsOfOthers lets MQTT.js, Eclipse Paho for Python and mosquitto's clients
// work with the broker of a running program: by TCP, TLS, WebSocket and both, with
// MQTT 3.1.1 and 5, over a restart and a kill -9.
func TestClientsOfOthers(t *testing.T) {
	testkit.Long(t)
	p := findPeers(t)
	gateway := newProgram(t)
	gateway.start()
	clients := func(phase string) {
		t.Helper()
		var work errgroup.Group
		work.SetLimit(8) // they wait more than they work
		for _, url := range gateway.urls {
			for _, version := range []string{"4", "5"} {
				work.Go(func() error { return p.run(t, gateway, p.node, "testdata/clients/mqttjs.cjs", url, version, phase) })
				work.Go(func() error { return p.run(t, gateway, p.python, "testdata/clients/pahomqtt.py", url, version, phase) })
			}
		}
		if err := work.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	clients("all")
	for _, version := range []string{"311", "5"} {
		for name, way := range map[string][]string{"TCP": {"-p", gateway.port["tcp"]}, "TLS": {"-p", gateway.port["tls"], "--cafile", gateway.ca}} {
			t.Run("mosquitto "+version+" "+name, func(t *testing.T) { mosquitto(t, gateway, append(way, "-V", version)) })
		}
	}

	clients("before")
	gateway.stop()
	gateway.start()
	clients("after")
	clients("before")
	// The file is written as a whole, so with the mark it has all that was before.
	const mark = "others/mark"
	pub := exec.Command("mosquitto_pub", "-h", "127.0.0.1", "-p", gateway.port["tcp"], "-u", "anna", "-P", "correct horse", "-q", "1", "-r", "-t", mark, "-m", "x")
	if out, err := pub.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	eventually(t, "the mark is in the file", func() bool {
		file, _ := os.ReadFile(filepath.Join(gateway.dir, "broker.retained"))
		return bytes.Contains(file, []byte(mark))
	})
	gateway.kill()
	gateway.start()
	clients("after")
	gateway.stop()
	if secret := regexp.MustCompile(`horse|staple|\$2a`).FindString(gateway.log()); secret != "" {
		t.Errorf("%s is in the log", secret)
	}
}

// peers are the MQTT clients of other projects.
type peers struct{ node, python, directory string }

// findPeers skips the test if they are missing. With PEERS=required the test fails.
func findPeers(t *testing.T) *peers {
	t.Helper()
	p := &peers{node: "node", directory: os.Getenv("PEERS_DIR")}
	if p.directory == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			p.directory = filepath.Join(cache, "callporter-peers")
		}
	}
	p.python = filepath.Join(p.directory, "venv", "bin", "python")
	for what, check := range map[string]*exec.Cmd{
		"MQTT.js":                           exec.Command(p.node, "-e", "require('mqtt')"),
		"paho-mqtt":                         exec.Command(p.python, "-c", "import paho.mqtt.client"),
		"mosquitto_sub":                     exec.Command("mosquitto_sub", "--version"),
		"mosquitto_pub (mosquitto-clients)": exec.Command("mosquitto_pub", "--version"),
	} {
		check.Env = p.environment(os.Environ())
		if out, err := check.CombinedOutput(); err != nil && len(out) == 0 || strings.Contains(string(out), "Error") {
			testkit.Missing(t, fmt.Sprintf("%s is missing: apt-get install nodejs npm python3-venv mosquitto-clients, then bash .ci/clients: %v", what, err))
		}
	}
	return p
}

func (p *peers) environment(more []string) []string {
	return append(more, "NODE_PATH="+filepath.Join(p.directory, "node_modules"))
}

// run is one client's own test.
func (p *peers) run(t *testing.T, gateway *program, command string, args ...string) error {
	ctx, cancel := context.WithTimeout(t.Context(), 2*deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = p.environment(append(os.Environ(), "CLIENT_USER=anna", "CLIENT_PASSWORD=correct horse", "CLIENT_CA="+gateway.ca))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// mosquitto has mosquitto_pub and mosquitto_sub do what people do with them.
func mosquitto(t *testing.T, gateway *program, way []string) {
	as := func(user string) []string {
		return append([]string{"-h", "127.0.0.1", "-u", user, "-P", map[string]string{"anna": "correct horse", "bert": "battery staple"}[user]}, way...)
	}
	try := func(input, program string, args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.Output()
		return string(out), err
	}
	pub := func(input, user string, args ...string) { try(input, "mosquitto_pub", append(as(user), args...)...) } //nolint:errcheck // what arrives is looked at
	sub := func(want, user string, args ...string) {
		t.Helper()
		if got, err := try("", "mosquitto_sub", append(as(user), args...)...); got != want {
			t.Errorf("mosquitto_sub %v: %q, not %q (%v)", args, got, want, err)
		}
	}
	topic := "others/" + strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())

	for qos := range 3 {
		pub("", "anna", "-q", fmt.Sprint(qos), "-r", "-t", fmt.Sprint(topic, "/kept/", qos), "-m", fmt.Sprint("kept ", qos))
	}
	sub("1 0 kept 0\n1 1 kept 1\n1 2 kept 2\n", "anna", "-q", "2", "-t", topic+"/kept/+", "-C", "3", "-W", "10", "-F", "%r %q %p")

	session := []string{"-c", "-i", "session" + way[1] + way[len(way)-1], "-q", "1", "-t", topic + "/s/#"}
	sub("", "anna", append(session, "-E")...)
	var lines strings.Builder
	for i := range 100 {
		fmt.Fprintln(&lines, i)
	}
	pub(lines.String(), "anna", "-q", "1", "-t", topic+"/s/a", "-l")
	sub(lines.String(), "anna", append(session, "-C", "100", "-W", "10")...)

	// A will, of a client that dies.
	dying := exec.Command("stdbuf", append(append([]string{"-oL", "mosquitto_sub"}, as("anna")...), "-d", "-t", "x", "--will-topic", topic+"/will", "--will-payload", "gone", "--will-retain")...)
	said, err := dying.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := dying.Start(); err != nil {
		t.Fatal(err)
	}
	for scan := bufio.NewScanner(said); scan.Scan() && !strings.Contains(scan.Text(), "SUBACK"); {
	}
	dying.Process.Kill()
	dying.Wait()
	sub("gone\n", "anna", "-q", "1", "-t", topic+"/will", "-C", "1", "-W", "10")

	// Rights: bert reads what is callporter's, and publishes nothing.
	pub("", "bert", "-q", "1", "-r", "-t", "callporter/forbidden", "-m", "x")
	sub("online\n", "bert", "-t", "callporter/availability", "-C", "1", "-W", "10")
	sub("", "anna", "-t", "callporter/forbidden", "-W", "1")
	if got, _ := try("", "mosquitto_sub", append(as("bert"), "-t", "#", "-W", "1")...); got != "" {
		t.Errorf("bert read %q", got)
	}
	if got, err := try("", "mosquitto_sub", append(as("anna"), "-P", "wrong", "-t", "callporter/#", "-W", "2")...); err == nil || got != "" {
		t.Errorf("a wrong password: %q %v", got, err)
	}
}

// program is callporter with its embedded broker, in its own process.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	dir, ca string
	port    map[string]string
	urls    []string
	stderr  string // file
	runs    int
}

// newProgram prepares a broker with all its ports and two users: one with a hash, one with
// a password in clear and few rights.
func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, dir: t.TempDir(), port: map[string]string{}}
	s := &checkEnv{TB: t}
	s.ownCertificate(func(*x509.Certificate) {})
	p.ca, p.stderr = s.config.Broker.CertFile, filepath.Join(p.dir, "stderr")
	for _, way := range []string{"tcp", "tls", "ws", "wss"} {
		_, p.port[way], _ = strings.Cut(testkit.FreeAddressOn(t, "127.0.0.1"), ":")
	}
	p.urls = []string{"mqtt://127.0.0.1:" + p.port["tcp"], "mqtts://127.0.0.1:" + p.port["tls"],
		"ws://127.0.0.1:" + p.port["ws"] + "/mqtt", "wss://127.0.0.1:" + p.port["wss"] + "/mqtt"}
	hash := exec.Command("callporter", "broker", "passwd", "--user", "anna")
	hash.Stdin = strings.NewReader("correct horse\n")
	anna, err := hash.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`data: %s
boxes: [{host: 127.0.0.1, monitor_port: 1}]
broker:
  listen: 127.0.0.1:%s
  tls_listen: 127.0.0.1:%s
  websocket_listen: 127.0.0.1:%s
  websocket_tls_listen: 127.0.0.1:%s
  cert_file: %s
  key_file: %s
  users: ['%s', "bert:battery staple"]
  rights: [bert=read]
web: {listen: ""}
`, p.dir, p.port["tcp"], p.port["tls"], p.port["ws"], p.port["wss"], p.ca, s.config.Broker.KeyFile, bytes.TrimSpace(anna))
	if err := os.WriteFile(filepath.Join(p.dir, "gateway.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func (p *program) start() {
	p.t.Helper()
	out, err := os.OpenFile(p.stderr, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer out.Close()
	p.cmd = exec.Command("callporter", "run", "--config", filepath.Join(p.dir, "gateway.yaml"))
	p.cmd.Stderr = out
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.runs++
	eventually(p.t, "callporter runs", func() bool { return strings.Count(p.log(), "callporter is running") == p.runs })
}

func (p *program) log() string {
	text, _ := os.ReadFile(p.stderr)
	return string(text)
}

// stop ends the program in order.
func (p *program) stop() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%v\n%s", err, p.log())
	}
	p.cmd = nil
}

// kill ends it as kill -9 does.
func (p *program) kill() {
	if p.cmd != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.cmd = nil
	}
}
