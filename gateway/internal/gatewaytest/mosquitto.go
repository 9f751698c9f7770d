package gatewaytest

import (
	"testing"

	"github.com/callporter/callporter/internal/testkit"
)

// NewMosquitto starts the real broker with a listener and more lines of its
// configuration.
func NewMosquitto(t testing.TB, lines ...string) *Broker {
	t.Helper()
	m := testkit.NewMosquitto(t, lines...)
	return &Broker{Address: m.Address, Start: m.Start, Stop: m.Kill, Signal: m.Signal}
}
