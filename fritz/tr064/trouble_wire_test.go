package tr064_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/internal/testkit"
)

// TestSilentBody: an answer whose body never comes ends in time, and nobody else
// waits for it.
func TestSilentBody(t *testing.T) {
	for _, kind := range []string{"headonly", "silence"} {
		b, other := simulated(t), simulated(t)
		quick := fastTiming
		quick.Silence = 150 * time.Millisecond
		c, elsewhere := client(t, b, tr064.Options{Connection: tr064.Connection{Timing: quick}}), client(t, other, tr064.Options{})
		if _, err := c.Access(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.Trouble(fritztest.Trouble{Kind: kind, At: "phonebook.lua"}); err != nil {
			t.Fatal(err)
		}
		stuck := make(chan error, 1)
		go func() {
			_, err := c.Phonebook(t.Context(), tr064.BookRef{}, nil)
			stuck <- err
		}()
		began := time.Now()
		for range 5 {
			if _, err := elsewhere.Access(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := <-stuck; !errors.Is(err, tr064.ErrSilent) {
			t.Errorf("%s: %v", kind, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: reported after %v", kind, took)
		}
		if _, err := c.Access(t.Context()); err != nil {
			t.Errorf("%s, afterwards: %v", kind, err)
		}
	}
}

// TestDefaultsReportInTime holds the promise of 15 s for the times of every day.
func TestDefaultsReportInTime(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	b := simulated(t)
	c := client(t, b, tr064.Options{Connection: tr064.Connection{Timing: tr064.Timing{Spacing: time.Millisecond}}})
	if err := b.Trouble(fritztest.Trouble{Kind: "headonly", At: "X_AVM-DE_GetCurrentUser"}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := c.Access(t.Context()); !errors.Is(err, tr064.ErrSilent) {
		t.Error(err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("reported after %v", took)
	}
}

func TestTroubles(t *testing.T) {
	for _, test := range []struct {
		kind, at string
		want     tr064.Reason // "" = the answer is good
	}{
		{"chunked", "X_AVM-DE_GetCurrentUser", ""}, {"chunked", "phonebook.lua", ""},
		{"short", "X_AVM-DE_GetCurrentUser", ""}, {"short", "phonebook.lua", ""},
		{"long", "X_AVM-DE_GetCurrentUser", tr064.BadAnswer}, {"long", "phonebook.lua", tr064.BadAnswer},
		{"garbage", "X_AVM-DE_GetCurrentUser", tr064.BadAnswer}, {"garbage", "phonebook.lua", tr064.BadAnswer},
		{"html", "X_AVM-DE_GetCurrentUser", tr064.BadAnswer}, {"html", "phonebook.lua", tr064.BadAnswer},
		{"endless", "X_AVM-DE_GetCurrentUser", tr064.BadAnswer}, {"endless", "phonebook.lua", tr064.BadAnswer},
		{"close", "X_AVM-DE_GetCurrentUser", tr064.Unreachable}, {"close", "phonebook.lua", tr064.Unreachable},
	} {
		t.Run(test.kind+" "+test.at, func(t *testing.T) {
			b := simulated(t)
			c := client(t, b, tr064.Options{})
			ask := func() error {
				_, err := c.Phonebook(t.Context(), tr064.BookRef{}, nil)
				if test.at != "phonebook.lua" {
					_, err = c.Access(t.Context())
				}
				return err
			}
			if err := ask(); err != nil {
				t.Fatal(err)
			}
			if err := b.Trouble(fritztest.Trouble{Kind: test.kind, At: test.at}); err != nil {
				t.Fatal(err)
			}
			if err := ask(); tr064.ReasonOf(err) != test.want || (err != nil) != (test.want != "") {
				t.Errorf("%v, want %q", err, test.want)
			}
			b.Heal()
			if err := ask(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestExpiredSession: a URL that is worth nothing any more brings a page, or 403.
func TestExpiredSession(t *testing.T) {
	for _, page := range []bool{true, false} {
		b := simulated(t)
		b.LoginPage(page)
		slow := fastTiming
		slow.Spacing = 200 * time.Millisecond // between the URL and its use
		c := client(t, b, tr064.Options{Connection: tr064.Connection{Timing: slow}})
		expired := make(chan error, 1)
		go func() {
			expired <- b.Wait(t.Context(), func(s fritztest.State) bool { return s.TR064.Actions["GetCallList"] > 0 })
			b.ExpireSessions()
		}()
		if _, err := c.Calls(t.Context(), tr064.CallsQuery{}); tr064.ReasonOf(err) != tr064.BadAnswer {
			t.Errorf("page %v: %v", page, err)
		}
		if err := <-expired; err != nil {
			t.Error(err)
		}
		if _, err := c.Calls(t.Context(), tr064.CallsQuery{}); err != nil {
			t.Errorf("page %v, afterwards: %v", page, err)
		}
	}
}

func TestAccessOff(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	if _, err := c.Access(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.TR064Access(false)
	for name, c := range map[string]*tr064.Client{"before": c, "new": client(t, b, tr064.Options{})} {
		_, err := c.Access(t.Context())
		if tr064.ReasonOf(err) != tr064.AccessOff || !strings.Contains(errorOf(t, err).Hint(call.English), "allow access for applications") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.TR064Access(true)
	if _, err := c.Access(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	type ask func(context.Context, *tr064.Client) error
	phonebook := func(ctx context.Context, c *tr064.Client) error { _, err := c.Phonebooks(ctx); return err }
	calls := func(ctx context.Context, c *tr064.Client) error {
		_, err := c.Calls(ctx, tr064.CallsQuery{})
		return err
	}
	dial := func(ctx context.Context, c *tr064.Client) error { _, err := c.Dial(ctx, "", "03023125456"); return err }
	add := func(ctx context.Context, c *tr064.Client) error {
		_, err := c.AddContact(ctx, tr064.BookRef{}, tr064.Contact{Name: "X", Numbers: []tr064.PhoneNumber{{Number: "06990009050"}}})
		return err
	}
	for _, test := range []struct {
		name        string
		prepare     func(*fritztest.Box)
		ask         ask
		want        tr064.Reason
		english, de string // in the hint
	}{
		{"right", func(b *fritztest.Box) { b.Fail(606, "GetPhonebookList", 0) }, phonebook, tr064.RightMissing, "FRITZ!App Fon and call list", "FRITZ!App Fon und Anrufliste"},
		{"synced", func(b *fritztest.Box) { b.Fail(713, "SetPhonebookEntryUID", 0) }, add, tr064.Synced, "online phonebook", "Online-Telefonbuch"},
		{"second factor", func(b *fritztest.Box) { b.Fail(866, "SetPhonebookEntryUID", 0) }, add, tr064.SecondFactor, "press of its button", "Tastendruck"},
		{"factor blocked", func(b *fritztest.Box) { b.Fail(867, "SetPhonebookEntryUID", 0) }, add, tr064.FactorBlocked, "wait", "abwarten"},
		{"factor busy", func(b *fritztest.Box) { b.Fail(868, "SetPhonebookEntryUID", 0) }, add, tr064.FactorBusy, "another confirmation", "noch eine Bestätigung"},
		{"full", func(b *fritztest.Box) { b.Fail(603, "SetPhonebookEntryUID", 0) }, add, tr064.Full, "remove entries", "Einträge entfernen"},
		{"internal", func(b *fritztest.Box) { b.Fail(820, "SetPhonebookEntryUID", 0) }, add, tr064.Failed, "restart it", "neu starten"},
		{"no call list", func(b *fritztest.Box) { b.Fail(820, "GetCallList", 0) }, calls, tr064.NotAvailable, "cannot do it", "kann das nicht"},
		{"dialling aid", func(b *fritztest.Box) { b.DialAid(false) }, dial, tr064.DialOff, "Telephony > Calls", "Telefonie > Anrufe > Wählhilfe"},
		{"refused alone", func(b *fritztest.Box) { b.Fail(401, "GetPhonebookList", 0) }, phonebook, tr064.NotAvailable, "cannot do it", "kann das nicht"},
		{"argument", func(b *fritztest.Box) { b.Fail(402, "SetPhonebookEntryUID", 0) }, add, tr064.BadArgument, "does not accept", "nimmt diesen Wert nicht an"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := simulated(t)
			c := client(t, b, tr064.Options{})
			test.prepare(b)
			err := test.ask(ctxFor(t, 5*time.Second), c)
			if tr064.ReasonOf(err) != test.want {
				t.Fatalf("%v, want %s", err, test.want)
			}
			e := errorOf(t, err)
			if h := e.Hint(call.English); !strings.Contains(h, test.english) {
				t.Errorf("%q", h)
			}
			if h := e.Hint(call.German); !strings.Contains(h, test.de) {
				t.Errorf("%q", h)
			}
		})
	}
}

func TestNotAvailable(t *testing.T) {
	b := simulated(t)
	b.Absent("GetDeflections", true)
	b.AddDeflection(fritztest.Deflection{Enabled: true, Number: "06990009040", Type: "fromNumber", To: "06990009041"})
	c := client(t, b, tr064.Options{})
	if rules, err := c.Deflections(t.Context()); err != nil || len(rules) != 1 || rules[0].Number != "06990009040" {
		t.Error("one by one:", rules, err)
	}
	b.Absent("X_AVM-DE_DialHangup", true)
	_, err := c.Hangup(t.Context())
	if !errors.Is(err, tr064.ErrNotAvailable) || !strings.Contains(err.Error(), "not available on this model") {
		t.Error(err)
	}
}

func TestContextEnds(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	if err := b.Trouble(fritztest.Trouble{Kind: "silence", At: "X_AVM-DE_GetCurrentUser"}); err != nil {
		t.Fatal(err)
	}
	ctx := ctxFor(t, 100*time.Millisecond)
	if _, err := c.Access(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := c.Access(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
