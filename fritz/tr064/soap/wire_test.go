package soap_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// simulated is a box on both ports with one user.
func simulated(t testing.TB) *fritztest.Box {
	t.Helper()
	b := fritztest.New(fritztest.Options{Users: []fritztest.User{{Name: "porter", Password: "gurkensalat", Last: true}}})
	t.Cleanup(func() { b.Close() }) //nolint:errcheck // always nil
	if err := errors.Join(b.ListenTR064("127.0.0.1:0"), b.ListenTR064S("127.0.0.1:0")); err != nil {
		t.Fatal(err)
	}
	return b
}

// client is a client of the box, with defaults for what o leaves out.
func client(t testing.TB, b *fritztest.Box, o soap.Options) *soap.Client {
	t.Helper()
	addr := b.TR064SAddr()
	if o.HTTP {
		addr = b.TR064Addr()
	}
	o.Host, o.Port = "127.0.0.1", addr.(*net.TCPAddr).Port
	if o.Password == "" {
		o.User, o.Password = "porter", "gurkensalat"
	}
	o.Timing = soap.Timing{Spacing: -1, Silence: 2 * time.Second, Whole: 4 * time.Second, Busy: 10 * time.Millisecond}
	c, err := soap.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func state(b *fritztest.Box) fritztest.TR064State { return *b.State().TR064 }
