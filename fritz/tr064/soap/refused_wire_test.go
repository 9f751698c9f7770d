package soap_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// TestOneActionRefused: an action that answers 401 or 403, as a page or as a fault, is not
// available. It is no wrong login, whoever the user is, and the others go on.
func TestOneActionRefused(t *testing.T) {
	for name, trouble := range map[string]fritztest.Trouble{"401": {Kind: "401"}, "403": {Kind: "403"}, "fault 401": {Kind: "fail", Code: 401}} {
		for _, user := range []string{"porter", ""} {
			b := simulated(t)
			b.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat", Last: true})
			stored := new(count)
			c := client(t, b, soap.Options{User: user, Password: "gurkensalat", Attempts: stored})
			if _, err := c.Access(t.Context()); err != nil {
				t.Fatal(err)
			}
			trouble.At = "GetPhonebookList"
			if err := b.Trouble(trouble); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				if _, err := c.Call(t.Context(), soap.OnTel, "GetPhonebookList"); !errors.Is(err, soap.ErrNotAvailable) {
					t.Errorf("%s, user %q: %v", name, user, err)
				}
				if _, err := c.Access(t.Context()); err != nil {
					t.Errorf("%s, user %q, another action: %v", name, user, err)
				}
			}
			b.Heal()
			if _, err := c.Description(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := c.Call(t.Context(), soap.OnTel, "GetPhonebookList"); err != nil || stored.refused != 0 {
				t.Errorf("%s, user %q, afterwards: %v, %d refused", name, user, err, stored.refused)
			}
		}
	}
}

// TestSomeActionsRefusedAtFirst: a box that refuses the first actions asked for, however many,
// lets the login in all the same. A wrong password still goes out twice.
func TestSomeActionsRefusedAtFirst(t *testing.T) {
	actions := []string{"GetPhonebookList", "GetCallList", "GetDeflections"}
	for _, user := range []string{"porter", ""} {
		for _, password := range []string{"gurkensalat", "wrong"} {
			b := simulated(t)
			b.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat", Last: true})
			stored := new(count)
			c := client(t, b, soap.Options{User: user, Password: password, Attempts: stored})
			for _, action := range actions {
				if err := b.Trouble(fritztest.Trouble{Kind: "401", At: action}); err != nil {
					t.Fatal(err)
				}
			}
			var reasons []soap.Reason
			for _, action := range append(actions, "GetPhonebookList", "GetNumberOfEntries") {
				_, err := c.Call(t.Context(), soap.OnTel, action)
				reasons = append(reasons, soap.ReasonOf(err))
			}
			want, refused := []soap.Reason{soap.BadCredentials, soap.NotAvailable, soap.NotAvailable, soap.NotAvailable, ""}, 0
			if password == "wrong" {
				want, refused = []soap.Reason{soap.BadCredentials, soap.LockedOut, soap.LockedOut, soap.LockedOut, soap.LockedOut}, 2
			}
			if s := state(b); !slices.Equal(reasons, want) || stored.refused != refused || s.Wrong > 1 {
				t.Errorf("user %q, %s: %v, %d refused, %d wrong", user, password, reasons, stored.refused, s.Wrong)
			}
		}
	}
}

// TestSomeActionsRefusedLater: a box that refuses several actions at once which it has served
// before has not got another password.
func TestSomeActionsRefusedLater(t *testing.T) {
	for _, refused := range [][]string{{"GetCallList", "GetPhonebookList", "GetDeflections"}, {"GetCallList"}} {
		b := simulated(t)
		stored := new(count)
		c := client(t, b, soap.Options{Attempts: stored})
		call := func(action string) soap.Reason {
			_, err := c.Call(t.Context(), soap.OnTel, action)
			return soap.ReasonOf(err)
		}
		for _, action := range []string{"GetPhonebookList", "GetNumberOfEntries", "GetDeflections", "GetCallList"} {
			if reason := call(action); reason != "" {
				t.Fatal(action, reason)
			}
		}
		for _, action := range refused {
			if err := b.Trouble(fritztest.Trouble{Kind: "401", At: action}); err != nil {
				t.Fatal(err)
			}
		}
		for _, action := range append([]string{"GetPhonebookList", "GetNumberOfEntries"}, refused...) {
			want := soap.Reason("")
			if slices.Contains(refused, action) {
				want = soap.NotAvailable
			}
			if reason := call(action); reason != want {
				t.Errorf("%v: %s: %q", refused, action, reason)
			}
		}
		b.Heal()
		if err := b.Trouble(fritztest.Trouble{Kind: "401", At: "X_AVM-DE_GetCurrentUser"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Access(t.Context()); !errors.Is(err, soap.ErrNotAvailable) || call("GetNumberOfEntries") != "" || stored.refused != 0 {
			t.Errorf("%v: %v, %d refused", refused, err, stored.refused)
		}
	}
}

// TestOneIndexRefused: an action that answers 401 for one index alone goes on for the others,
// whichever is asked for first.
func TestOneIndexRefused(t *testing.T) {
	for _, order := range [][]string{{"0", "1", "258"}, {"1", "0", "258"}} {
		b := simulated(t)
		behind := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: b.TR064Addr().String()})
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "<NewPhonebookID>1<") {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			behind.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		stored := new(count)
		c := clientOf(t, s, soap.Options{User: "porter", Password: "gurkensalat", Attempts: stored, Timing: soap.Timing{Spacing: -1}})
		for range 3 {
			if _, err := c.Access(t.Context()); err != nil {
				t.Error(err)
			}
			for _, id := range order {
				_, err := c.Call(t.Context(), soap.OnTel, "GetPhonebook", "PhonebookID", id)
				if id != "1" && err != nil && soap.ReasonOf(err) != soap.NoSuchEntry || id == "1" && !errors.Is(err, soap.ErrNotAvailable) {
					t.Errorf("%v: phonebook %s: %v", order, id, err)
				}
			}
		}
		if stored.refused != 0 {
			t.Errorf("%v: %d refused", order, stored.refused)
		}
	}
}
