package fritztest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

func TestRestart(t *testing.T) {
	o := boxtest.Frozen()
	synctest.Test(t, func(t *testing.T) {
		ports := make(chan *boxtest.Pipes, 2)
		o.Listen = func(string, string) (net.Listener, error) {
			p := boxtest.NewPipes()
			ports <- p
			return p, nil
		}
		b := fritztest.New(o)
		defer b.Close()
		if err := b.Listen(""); err != nil {
			t.Fatal(err)
		}
		port := <-ports
		conn, err := port.Dial()
		if err != nil {
			t.Fatal(err)
		}
		boxtest.Ring(b)
		started := time.Now()
		go io.Copy(io.Discard, conn)
		go func() {
			<-time.After(4 * time.Second) // the bubble's time
			if _, err := port.Dial(); err == nil {
				t.Error("the box accepts during its restart")
			}
		}()
		if err := b.Restart(t.Context(), 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(started); took != 5*time.Second {
			t.Errorf("the restart took %v", took)
		}
		if s := b.State(); len(s.Calls) != 0 || s.Open != 0 || !s.Listening {
			t.Errorf("after the restart: %+v", s)
		}
		second, err := (<-ports).Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		second.SetReadDeadline(time.Now().Add(time.Hour))
		if n, err := second.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("something was replayed, or the connection ended: %d, %v", n, err)
		}
	})
}

// TestRestartOnTheWire holds that a restart resets connections and gets its port back.
func TestRestartOnTheWire(t *testing.T) {
	b := boxtest.New(t, boxtest.Frozen())
	c := boxtest.Dial(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Restart(ctx, time.Hour) }()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection ends with %v, want a reset", err)
	}
	if _, err := net.Dial("tcp", b.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial says %v, want connection refused", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the restart says %v", err)
	}
	boxtest.Dial(t, b)
}

func TestTR064Restart(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	url := c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"]
	c.Must(boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", boxtest.EntryOf("Anna", "1", ""))
	refused, restarted := make(chan struct{}), make(chan error, 1)
	go func() {
		restarted <- b.Restart(boxtest.Within(t), 200*time.Millisecond)
	}()
	go func() {
		_ = b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return !s.TR064.Listening && !s.Listening })
		close(refused)
	}()
	<-refused
	if _, _, err := c.Try(time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a box that restarts says %v", err)
	}
	if err := <-restarted; err != nil {
		t.Fatal(err)
	}
	if status, _ := c.Get(url); status != 403 {
		t.Errorf("a session survives: %d", status)
	}
	status, answer := c.Status(boxtest.OnTel, "GetPhonebookList")
	if status != 401 || !c.Challenged(answer) {
		t.Errorf("a nonce survives: %d", status)
	}
	if got := boxtest.Names(t, b, "Telefonbuch"); len(got) != 1 {
		t.Errorf("the phonebook holds %v", got)
	}
	b.RefuseTR064()
	if _, _, err := c.Try(time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("ports that refuse say %v", err)
	}
	if err := b.AcceptTR064(); err != nil {
		t.Fatal(err)
	}
	c.Must(boxtest.OnTel, "GetPhonebookList")
	c.Must("DeviceConfig:1", "Reboot")
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return !s.TR064.Listening }); err != nil {
		t.Error(err)
	}
	if err := b.Wait(boxtest.Within(t), func(s fritztest.State) bool { return s.TR064.Listening && s.Listening }); err != nil {
		t.Error(err)
	}
}
