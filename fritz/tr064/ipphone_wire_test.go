package tr064_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
)

const sipPassword = "Geheim1234567890abcdef"

// unasked fails the test if a second factor is asked for.
func unasked(t *testing.T) func(tr064.Factor) {
	return func(f tr064.Factor) { t.Errorf("asked for %+v", f) }
}

// setPhone is what sets up the IP phone of these tests.
func setPhone(c *tr064.Client, internal *string) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*internal, err = c.SetIPPhone(ctx, "callporter1", sipPassword, "callporter")
		return err
	}
}

func TestIPPhone(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	var internal string
	confirm := func(f tr064.Factor) {
		if f != (tr064.Factor{Button: true, Dial: "*14048"}) {
			t.Errorf("the box takes %+v", f)
		}
		if err := b.Confirm(); err != nil {
			t.Error(err)
		}
	}
	for range 2 { // the second time it is the same phone
		if err := c.Confirmed(t.Context(), confirm, setPhone(c, &internal)); err != nil || internal != "621" {
			t.Fatal(internal, err)
		}
	}
	if s := b.State().TR064.Factor; s != "stopped" {
		t.Errorf("the second factor is left %s", s)
	}
	p, err := c.FindIPPhone(t.Context(), "callporter1")
	if err != nil || p == nil || p.Index != 1 || p.Name != "callporter" || p.Internal != "621" || p.Numbers != nil || p.Outside {
		t.Fatal(p, err)
	}
	if list := b.IPPhones(); len(list) != 2 || list[1].Password != sipPassword {
		t.Errorf("the box has %d phones", len(list))
	}
	// What somebody has set in the box stays.
	b.SetIPPhone(fritztest.IPPhone{Username: "callporter1", Name: "Pförtner", Numbers: "<List><Item><Number>23125732</Number><Type>eVoIP</Type><Index>1</Index><Name/></Item></List>"})
	b.SecondFactor(false)
	if err := c.Confirmed(t.Context(), unasked(t), setPhone(c, &internal)); err != nil {
		t.Fatal(err)
	}
	if p, err = c.FindIPPhone(t.Context(), "callporter1"); err != nil || p.Name != "Pförtner" || len(p.Numbers) != 1 || p.Numbers[0] != "23125732" {
		t.Error(p, err)
	}
	for i := range 2 {
		if removed, err := c.RemoveIPPhone(t.Context(), "callporter1"); err != nil || removed != (i == 0) {
			t.Error(removed, err)
		}
	}
	for i := range 9 {
		b.SetIPPhone(fritztest.IPPhone{Username: "phone" + strconv.Itoa(i)})
	}
	if err := c.Confirmed(t.Context(), unasked(t), setPhone(c, &internal)); !errors.Is(err, tr064.ErrFull) {
		t.Error("a box with ten phones:", err)
	}
}

func TestSecondFactor(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	var internal string
	tests := []struct {
		name    string
		trouble func()
		confirm func(tr064.Factor)
		want    tr064.Reason
		en, de  string
	}{
		{"blocked", func() { b.BlockFactor(true) }, unasked(t), tr064.FactorBlocked, "wait", "abwarten"},
		{"busy", func() { b.BlockFactor(false); b.Fail(868, "SetConfig", 0) }, unasked(t), tr064.FactorBusy, "wait a minute", "eine Minute warten"},
		{"nobody confirms", b.Heal, func(tr064.Factor) { b.Advance(2 * time.Minute) }, tr064.FactorExpired, "within two minutes", "innerhalb von zwei Minuten"},
		{"another takes it over", func() {}, func(tr064.Factor) { b.SecondFactor(false); b.SecondFactor(true); b.BlockFactor(true) }, tr064.FactorBlocked, "wait", "abwarten"},
		{"no right", func() {
			b.BlockFactor(false)
			b.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat", Rights: "N"})
		}, unasked(t), tr064.RightMissing, "Voice messages", "Sprachnachrichten"},
		{"old firmware", func() {
			b.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat"})
			b.Absent("X_AVM-DE_SetClient4", true)
		}, unasked(t), tr064.NotAvailable, "cannot", "kann das nicht"},
	}
	for _, x := range tests {
		x.trouble()
		err := c.Confirmed(t.Context(), x.confirm, setPhone(c, &internal))
		var boxErr *tr064.Error
		if !errors.As(err, &boxErr) || boxErr.Reason != x.want {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if !strings.Contains(boxErr.Hint(call.English), x.en) || !strings.Contains(boxErr.Hint(call.German), x.de) {
			t.Errorf("%s: hints %q, %q", x.name, boxErr.Hint(call.English), boxErr.Hint(call.German))
		}
		if strings.Contains(err.Error(), sipPassword) {
			t.Errorf("%s: the password is told", x.name)
		}
	}
	if n := len(b.IPPhones()); n != 1 {
		t.Errorf("the box has %d phones", n)
	}
	// Somebody gives up while the box waits.
	b.Absent("X_AVM-DE_SetClient4", false)
	ctx, stop := context.WithCancel(t.Context())
	if err := c.Confirmed(ctx, func(tr064.Factor) { stop() }, setPhone(c, &internal)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if s := b.State().TR064.Factor; s != "stopped" {
		t.Errorf("the second factor is left %s", s)
	}
}

func TestIPPhoneUncertain(t *testing.T) {
	b := simulated(t)
	b.SecondFactor(false)
	c := client(t, b, tr064.Options{})
	var internal string
	if err := b.Trouble(fritztest.Trouble{Kind: "cut", At: "X_AVM-DE_SetClient4", Times: 1}); err != nil {
		t.Fatal(err)
	}
	if err := setPhone(c, &internal)(t.Context()); !errors.Is(err, tr064.ErrUncertain) {
		t.Fatal(err)
	}
	if err := setPhone(c, &internal)(t.Context()); err != nil || internal != "621" || len(b.IPPhones()) != 2 {
		t.Error(internal, err, len(b.IPPhones()))
	}
	if err := b.Trouble(fritztest.Trouble{Kind: "cut", At: "X_AVM-DE_DeleteClient", Times: 1}); err != nil {
		t.Fatal(err)
	}
	if removed, err := c.RemoveIPPhone(t.Context(), "callporter1"); err != nil || !removed || len(b.IPPhones()) != 1 {
		t.Error(removed, err)
	}
}
