package soap_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// count is what survives a restart.
type count struct {
	mu      sync.Mutex
	hash    string
	refused int
	broken  error
}

func (c *count) Load() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hash, c.refused
}

func (c *count) Store(hash string, refused int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.hash, c.refused = hash, refused
	}
	return c.broken
}

func TestWrongPassword(t *testing.T) {
	b := simulated(t)
	stored := new(count)
	reasons := map[soap.Reason]int{}
	for range 10 { // restarts
		c := client(t, b, soap.Options{User: "porter", Password: "wrong", Attempts: stored})
		for range 3 {
			_, err := c.Access(t.Context())
			reasons[soap.ReasonOf(err)]++
			if h := errorOf(t, err).Hint(call.English); h == "" {
				t.Error("no hint to", err)
			}
			if err != nil && (strings.Contains(err.Error(), "wrong") || strings.Contains(stored.hash, "wrong")) {
				t.Error("the password is told:", err)
			}
		}
		c.Close()
	}
	if s := state(b); s.Wrong != 2 {
		t.Errorf("%d logins went out, want 2", s.Wrong)
	}
	if reasons[soap.BadCredentials] != 1 || reasons[soap.LockedOut] != 29 {
		t.Errorf("%v", reasons)
	}
	// Other credentials are tried again, and a good login is a clean slate.
	b.Unlock()
	c := client(t, b, soap.Options{User: "porter", Password: "gurkensalat", Attempts: stored})
	if _, err := c.Access(t.Context()); err != nil || stored.refused != 0 {
		t.Error(err, stored.refused)
	}
}

func TestPasswordChangedMeanwhile(t *testing.T) {
	b := simulated(t)
	stored := new(count)
	c := client(t, b, soap.Options{Attempts: stored})
	if _, err := c.Access(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.SetUser(fritztest.User{Name: "porter", Password: "kartoffel"})
	for range 10 {
		if _, err := c.Access(t.Context()); err == nil {
			t.Fatal("logged in")
		}
	}
	if s := state(b); s.Wrong != 2 {
		t.Errorf("%d wrong logins, want 2", s.Wrong)
	}
	if _, err := client(t, b, soap.Options{Attempts: stored}).Access(t.Context()); !errors.Is(err, soap.ErrLockedOut) {
		t.Error(err)
	}
}

func TestUnreachableIsNoRefusal(t *testing.T) {
	b := simulated(t)
	stored := new(count)
	c := client(t, b, soap.Options{Attempts: stored})
	for range 4 {
		if err := b.Trouble(fritztest.Trouble{Kind: "close", At: "X_AVM-DE_GetCurrentUser", Times: 3}); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Access(t.Context())
		b.Heal()
	}
	if stored.refused != 0 {
		t.Errorf("%d refusals counted", stored.refused)
	}
	if _, err := c.Access(t.Context()); err != nil {
		t.Error(err)
	}
	stored.broken = errors.New("disk full")
	if _, err := client(t, b, soap.Options{Attempts: stored}).Access(t.Context()); err == nil || !errors.Is(err, stored.broken) {
		t.Error("a login that cannot be counted:", err)
	}
}

func TestDigest(t *testing.T) {
	b := simulated(t)
	c := client(t, b, soap.Options{})
	access := func() {
		t.Helper()
		if _, err := c.Access(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	access()
	before := state(b)
	for range 10 {
		access()
	}
	if s := state(b); s.Requests-before.Requests != 10 || s.Refused != before.Refused || s.Replays != 0 {
		t.Errorf("ten calls took %d requests, %d were challenged, %d replays", s.Requests-before.Requests, s.Refused-before.Refused, s.Replays)
	}
	b.ForgetNonces()
	access()
	b.SetRealm("F!Box SOAP-Auth")
	access()
	b.SetNonceLife(time.Nanosecond)
	access = func() { _, _ = c.Access(t.Context()) } // nonces that are worn out at once let nobody in
	access()
	b.SetNonceLife(time.Minute)
	if _, err := c.Access(t.Context()); err != nil {
		t.Error(err)
	}
	if s := state(b); s.Replays != 0 {
		t.Errorf("%d replays", s.Replays)
	}
}

func TestBusyInsteadOfChallenge(t *testing.T) {
	b := simulated(t)
	c := client(t, b, soap.Options{})
	if err := b.Trouble(fritztest.Trouble{Kind: "503", At: "X_AVM-DE_GetCurrentUser", Times: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Access(t.Context()); err != nil {
		t.Error("asked once more:", err)
	}
	if err := b.Trouble(fritztest.Trouble{Kind: "503", At: "X_AVM-DE_GetCurrentUser"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Access(t.Context()); soap.ReasonOf(err) != soap.Busy {
		t.Error(err)
	}
}

func TestCertificate(t *testing.T) {
	b := simulated(t)
	var pinned []string
	c := client(t, b, soap.Options{Pinned: func(f string) { pinned = append(pinned, f) }})
	if _, err := c.Access(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(pinned) != 1 || pinned[0] != b.Fingerprint() || c.Fingerprint() != pinned[0] {
		t.Fatalf("pinned %q, the box has %s", pinned, b.Fingerprint())
	}
	if err := b.ChangeCertificate(); err != nil {
		t.Fatal(err)
	}
	stored := new(count)
	c = client(t, b, soap.Options{Fingerprint: pinned[0], Accept: "callporter box accept", Attempts: stored})
	_, err := c.Access(t.Context())
	var changed *soap.CertificateError
	if !errors.Is(err, soap.ErrBadCertificate) || !errors.As(err, &changed) || changed.Want != pinned[0] || changed.Got != b.Fingerprint() {
		t.Fatalf("%v", err)
	}
	for l, want := range map[call.Language]string{call.English: "accept its new certificate with: callporter box accept", call.German: "annehmen mit: callporter box accept"} {
		if h := errorOf(t, err).Hint(l); !strings.Contains(h, want) {
			t.Errorf("%s: %s", l, h)
		}
	}
	colons := strings.ToUpper(changed.Got)
	for i := len(colons) - 2; i > 0; i -= 2 {
		colons = colons[:i] + ":" + colons[i:]
	}
	if _, err := client(t, b, soap.Options{Fingerprint: colons}).Access(t.Context()); err != nil {
		t.Error("accepted:", err)
	}
	if _, err := soap.New(soap.Options{Host: "fritz.box", Fingerprint: "abc"}); err == nil {
		t.Error("no fingerprint at all")
	}
}

// TestNoFallback: whoever has asked for https never gets http.
func TestNoFallback(t *testing.T) {
	b := simulated(t)
	secure := b.TR064SAddr().String()
	b.RefuseTR064()
	c := client(t, b, soap.Options{})
	_, err := c.Access(t.Context())
	if soap.ReasonOf(err) != soap.Refused {
		t.Errorf("%v at %s", err, secure)
	}
}

func errorOf(t *testing.T, err error) *soap.Error {
	t.Helper()
	var e *soap.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is of another type", err)
	}
	return e
}

// TestTrust: another certificate is told of without trusting it, and works once it is
// trusted; a text that is no fingerprint changes nothing.
func TestTrust(t *testing.T) {
	b := simulated(t)
	c := client(t, b, soap.Options{})
	if _, err := c.Access(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := c.Fingerprint()
	if err := b.ChangeCertificate(); err != nil {
		t.Fatal(err)
	}
	c.Close()
	shown, err := c.Certificate(t.Context())
	if err != nil || shown != b.Fingerprint() || shown == before || c.Fingerprint() != before {
		t.Fatalf("%s %v, trusted is %s", shown, err, c.Fingerprint())
	}
	if _, err := c.Access(t.Context()); !errors.Is(err, soap.ErrBadCertificate) {
		t.Fatal(err)
	}
	if err := c.Trust("not hex"); err == nil || c.Fingerprint() != before {
		t.Errorf("%v, trusted is %s", err, c.Fingerprint())
	}
	if err := c.Trust(shown); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Access(t.Context()); err != nil {
		t.Error(err)
	}
	b.RefuseTR064()
	if _, err := c.Certificate(t.Context()); soap.ReasonOf(err) != soap.Refused {
		t.Error(err)
	}
	if _, err := client(t, b, soap.Options{HTTP: true}).Certificate(t.Context()); !errors.Is(err, soap.ErrBadCertificate) {
		t.Error(err)
	}
}

// TestTryAgain: a password that was put right at the box goes out once more for each
// deliberate order, and never by itself; another client of the same count notices.
func TestTryAgain(t *testing.T) {
	b := simulated(t)
	stored := new(count)
	other := client(t, b, soap.Options{User: "porter", Password: "wrong", Attempts: stored})
	c := client(t, b, soap.Options{User: "porter", Password: "wrong", Attempts: stored})
	try := func(ctx context.Context, c *soap.Client, want soap.Reason, wrong int) {
		t.Helper()
		for range 3 {
			if _, err := c.Access(ctx); soap.ReasonOf(err) != want && soap.ReasonOf(err) != soap.LockedOut {
				t.Errorf("%v, not %s", err, want)
			}
		}
		if got := state(b).Wrong; got != wrong {
			t.Errorf("%d logins went out, not %d", got, wrong)
		}
		b.Unlock()
	}
	try(t.Context(), c, soap.BadCredentials, 2)
	try(t.Context(), other, soap.LockedOut, 2)
	for i := range 3 {
		try(soap.TryAgain(t.Context()), c, soap.LockedOut, 3+i)
		try(t.Context(), c, soap.LockedOut, 3+i)
	}
	b.SetUser(fritztest.User{Name: "porter", Password: "wrong"})
	try(t.Context(), c, soap.LockedOut, 5)
	if _, err := other.Access(soap.TryAgain(t.Context())); err != nil {
		t.Error(err)
	}
	if _, err := c.Access(t.Context()); err != nil || stored.refused != 0 {
		t.Error(err, stored.refused)
	}
}

// TestStaleForEver: a box for which every nonce is too old gets no more tries than one that
// refuses the password.
func TestStaleForEver(t *testing.T) {
	b := simulated(t)
	stored := new(count)
	c := client(t, b, soap.Options{Attempts: stored})
	if err := b.Trouble(fritztest.Trouble{Kind: "stale", At: "X_AVM-DE_GetCurrentUser"}); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 20 {
		_, err = c.Access(t.Context())
	}
	if !errors.Is(err, soap.ErrLockedOut) || stored.refused != 2 {
		t.Errorf("%v, %d refused", err, stored.refused)
	}
}
