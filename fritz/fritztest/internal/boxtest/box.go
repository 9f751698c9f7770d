// Package boxtest has what the tests of the simulated box share: boxes whose clock
// stands still, clients of the call monitor, and a client of TR-064. It is for tests
// alone.
package boxtest

import (
	"context"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// Berlin is the time zone of these boxes.
var Berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

// Noon is the time at which every box of these tests stands still unless a test
// moves it on.
var Noon = time.Date(2020, 6, 16, 12, 0, 0, 0, Berlin)

// Frozen are the options of a box whose true time stands still.
func Frozen() fritztest.Options {
	return fritztest.Options{Now: func() time.Time { return Noon }, Location: Berlin}
}

// New returns a box that listens on loopback and is closed at the end of the test.
func New(t *testing.T, o fritztest.Options) *fritztest.Box {
	t.Helper()
	b := fritztest.New(o)
	if err := b.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// Within bounds how long a test waits for something.
func Within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
