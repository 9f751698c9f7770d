package gateway_test

import (
	"testing"

	"github.com/callporter/callporter/internal/testkit"
)

// newMosquitto starts the real broker with a listener and more lines of its
// configuration.
func newMosquitto(t testing.TB, lines ...string) *broker {
	t.Helper()
	m := testkit.NewMosquitto(t, lines...)
	return &broker{address: m.Address, start: m.Start, stop: m.Kill, signal: m.Signal}
}
