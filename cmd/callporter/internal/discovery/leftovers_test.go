package discovery_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/cmd/callporter/internal/discovery"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// TestManyLeftovers: the embedded broker sends what it retains in pieces, and three
// megabytes of leftovers are listed to the last.
func TestManyLeftovers(t *testing.T) {
	t.Parallel()
	b, err := broker.New(broker.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Background(10*time.Second)(t, b.Run)
	address := b.Addr().String()
	const leftovers = 150
	client := testkit.Connect(t, address, "leftovers")
	value := strings.Repeat("x", 20_000)
	for i := range leftovers {
		if token := client.Publish(fmt.Sprintf("callporter/attic/%04d", i), 1, true, value); token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "mqtt: {url: 'mqtt://%s'}\ndata: '%s'\n", address, filepath.Join(dir, "data")), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := discovery.Command("1.0.0")
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"--leftovers", "--config", file})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != leftovers {
		t.Errorf("%d of %d leftovers are listed", n, leftovers)
	}
}
