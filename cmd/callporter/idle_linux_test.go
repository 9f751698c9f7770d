package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

const (
	idleMemory  = 32 // MB
	idleNumbers = 20_000
)

// TestIdleMemory: with a broker outside, access to the box and PhoneBlock's list here, an
// idle gateway is small. It takes some minutes, since a list is not fetched right after the
// start.
func TestIdleMemory(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "callporter")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	server, err := phoneblocktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for i := range idleNumbers {
		server.Set(fmt.Sprintf("+49201%07d", 2_345_000+i), phoneblocktest.Number{Votes: 20 + i%50, Rating: "E_ADVERTISING"})
	}
	box := fritztest.New(fritztest.Options{})
	t.Cleanup(func() { box.Close() })
	box.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat", Last: true})
	for _, err := range []error{box.Listen("127.0.0.1:0"), box.ListenTR064S("127.0.0.1:0"), boxscript.FurnishDay(box, "en")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	broker := testkit.NewMosquitto(t).Address
	path := filepath.Join(dir, "gateway.yaml")
	cfg := fmt.Sprintf(`data: %s
boxes:
  - {id: fritzbox, host: 127.0.0.1, monitor_port: %d, tr064_port: %d, username: porter, password: gurkensalat, area_code: "030", numbers: ["23125732=Practice"]}
mqtt: {url: "mqtt://%s"}
web: {listen: "127.0.0.1:0"}
screening:
  phoneblock: {enabled: true, token: %q, url: %q, live: true}
`, filepath.Join(dir, "data"), box.Addr().(*net.TCPAddr).Port, box.TR064SAddr().(*net.TCPAddr).Port, broker, phoneblocktest.Token, server.URL)
	if err := os.WriteFile(path, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	synced := make(chan bool, 1)
	client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + broker).SetClientID("idle"))
	if token := client.Connect(); !token.WaitTimeout(speedWait) || token.Error() != nil {
		t.Fatalf("reach mosquitto: %v", token.Error())
	}
	defer client.Disconnect(100)
	client.Subscribe("callporter/fritzbox/health", 0, func(_ paho.Client, m paho.Message) {
		if strings.Contains(string(m.Payload()), fmt.Sprintf(`"entries":%d`, idleNumbers)) {
			select {
			case synced <- true:
			default:
			}
		}
	}).Wait()

	program := exec.Command(binary, "run", "--config", path)
	program.Env = append(os.Environ(), "SSL_CERT_FILE="+certificateOf(t, server.URL))
	program.Stderr = os.Stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { program.Process.Signal(syscall.SIGTERM); program.Wait() }()
	select {
	case <-synced:
	case <-time.After(5 * time.Minute):
		t.Fatal("the list does not come")
	}
	least := 1 << 30
	for tick, late := time.NewTicker(time.Second), time.After(time.Minute); least > idleMemory; {
		select {
		case <-tick.C:
			least = min(least, resident(t, program.Process.Pid))
		case <-late:
			t.Fatalf("%d MB resident, %d are allowed", least, idleMemory)
		}
	}
	t.Logf("%d MB resident with a list of %d numbers", least, idleNumbers)
}

// certificateOf writes the certificate of a server into a file.
func certificateOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
