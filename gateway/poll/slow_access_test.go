package poll_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// TestSilentBox: one that answers with a header and no body is reported within 15 s,
// with the times of real life, and disturbs nobody: calls, other boxes, the orders
// that do not need it.
func TestSilentBox(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, func(h *gatewaytest.House) { h.AddBox("annexe") }, gatewaytest.Furnished, func(h *gatewaytest.House) {
		h.Options.Timing.Access = poll.Timing{Client: tr064.Timing{Spacing: -1}}
	})
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "headonly"}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.Run()
	h.Linked()
	annexe := h.Sites[1]
	annexe.Linked()
	annexe.WantAccess("up", "")
	if healthHas(h.Site, `"tr064":{"state":"down"`) {
		t.Error("the other box waited for the silent one")
	}
	h.MissedFrom(gatewaytest.Patient)
	annexe.MissedFrom(gatewaytest.Munich)
	h.Heard.Say(h.Topic("command/block"), `{"number":"`+gatewaytest.Pest+`","where":"barring","request":"slow"}`, false)
	quick := time.Now()
	for name, payload := range map[string]string{"quiet": "ON", "reset_missed": "PRESS", "refresh": "PRESS"} {
		h.WantCode(name, payload, "ok")
	}
	annexe.WantCode("block", gatewaytest.Pest, "ok")
	if healthHas(h.Site, `"tr064":{"state":"down"`) {
		t.Errorf("the other orders waited %v", time.Since(quick))
	}
	doc := h.WantAccess("down", "silent")
	if took := time.Since(began); took > 15*time.Second || doc.TR064.Hint == "" || doc.Monitor.State != "up" {
		t.Errorf("%+v after %v", doc, took)
	}
	if r := h.NextResult(); r.Request != "slow" || r.Code() != "timeout" && r.Code() != "failed" {
		t.Errorf("%+v", r)
	}
	if took := time.Since(quick); took > 11*time.Second {
		t.Errorf("the result took %v", took)
	}
}

// TestWrongPasswordAtTheBox: two logins in all, over ten restarts; the rest works.
// Another password is tried again.
func TestWrongPasswordAtTheBox(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.Furnished)
	h.Config.Boxes[0].Password = "falsch"
	h.Options.Timing.Access.Retry = 20 * time.Millisecond
	for i := range 10 {
		h.Rerun()
		if i == 0 { // a stop within a login would leave it counted and not made
			h.WantAccess("down", "locked_out")
		}
		h.Heard.Until("no access", func() bool {
			payload := h.Heard.Newest(h.Topic("health"))
			return payload != "" && gatewaytest.Parse[gatewaytest.HealthDoc](t, payload).TR064.State == "down"
		})
		h.MissedFrom(gatewaytest.Patient)
		if code := h.Order("deflection/0", "ON").Code(); code != "not_permitted" && code != "busy" { // nothing was ever read
			t.Errorf("deflection/0: %s", code)
		}
		h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
		h.Stop()
	}
	if n := h.Box.State().TR064.Wrong; n != 2 {
		t.Errorf("%d wrong logins", n)
	}
	h.Config.Boxes[0].Password = gatewaytest.BoxPassword
	h.Rerun()
	h.WantAccess("up", "")
	if n := h.Box.State().TR064.Wrong; n != 2 {
		t.Errorf("%d wrong logins", n)
	}
}

// TestAnotherPassword: one that comes by a restart is tried at once. Where the old one is
// put right at the box, a check that got in with it opens the way again.
func TestAnotherPassword(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.Furnished)
	h.Config.Boxes[0].Password = "falsch"
	h.Run()
	h.Linked()
	h.WantAccess("down", "locked_out")
	h.Box.Unlock()
	h.Config.Boxes[0].Password = gatewaytest.BoxPassword
	h.Restart()
	h.WantAccess("up", "")

	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: "anders", Last: true})
	h.Box.ForgetNonces()
	h.WantCode("refresh", "PRESS", "ok")
	h.WantAccess("down", "locked_out")
	h.Box.Unlock()
	wrong := h.Box.State().TR064.Wrong
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword, Last: true})
	for range 3 {
		h.WantCode("refresh", "PRESS", "ok")
	}
	h.WantAccess("down", "locked_out")
	found := check.Run(t.Context(), h.Config, check.Options{RetryPassword: true, Timing: check.Timing{Listen: time.Millisecond}})
	if !slices.ContainsFunc(found, func(f check.Finding) bool { return f.Code == "access_ok" }) {
		t.Errorf("%+v", found)
	}
	h.WantAccess("up", "")
	if now := h.Box.State().TR064.Wrong; now != wrong {
		t.Errorf("%d wrong logins more", now-wrong)
	}
}

// TestUserListChanges: without a name the user is the one the box names. If that one
// is no more, the box is asked again before the second try.
func TestUserListChanges(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Config.Boxes[0].Username = "" })
	h.Box.SetUser(fritztest.User{Name: "fritz7777", Password: gatewaytest.BoxPassword, Last: true})
	h.Box.RemoveUser(gatewaytest.BoxUser)
	h.Box.ForgetNonces()
	h.WantCode("refresh", "PRESS", "ok")
	gatewaytest.Eventually(t, "the other user is in", func() bool {
		return slices.ContainsFunc(h.Box.State().TR064.Users, func(u fritztest.UserState) bool { return u.Name == "fritz7777" && u.Logins > 0 })
	})
	h.WantAccess("up", "")
}

// TestMissingRights: what the user may not do is said, with what to do; the rest works.
func TestMissingRights(t *testing.T) {
	t.Parallel()
	h := openFurnishedAs(t, "A", "right_missing")
	doc := h.WantAccess("up", "right_missing")
	if !strings.Contains(doc.TR064.Hint, "Voice messages") || doc.Model != "FRITZ!Box 7530" {
		t.Errorf("%+v", doc)
	}
	h.MissedFrom(gatewaytest.Patient)
	if r := h.WantCode("block", gatewaytest.Pest, "not_permitted"); !strings.Contains(r.Error.Hint, "Voice messages") {
		t.Errorf("%+v", r.Error)
	}
	gatewaytest.WantAll(t, "own list", h.Own(journal.Block), gatewaytest.PestE164)
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword})
	h.WantCode("refresh", "PRESS", "ok")
	h.WantAccess("up", "")
}

// openFurnishedAs opens a house whose gateway's user has these rights only.
func openFurnishedAs(t testing.TB, rights, reason string) *gatewaytest.House {
	t.Helper()
	h := gatewaytest.Open(t, gatewaytest.Furnished, func(h *gatewaytest.House) {
		h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword, Rights: rights})
	})
	h.WantAccess("up", reason)
	return h
}

// TestCertificateChanges: another one than was seen first is refused until it is
// accepted, over restarts too; calls go on.
func TestCertificateChanges(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	if err := h.Box.ChangeCertificate(); err != nil {
		t.Fatal(err)
	}
	if err := h.Box.Restart(t.Context(), 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if doc := h.WantAccess("down", "certificate"); !strings.Contains(doc.TR064.Hint, "callporter trust fritzbox") {
			t.Errorf("%+v", doc.TR064)
		}
		h.MissedFrom(gatewaytest.Patient)
		h.WantCode("block", gatewaytest.Pest, "not_permitted")
		h.WantCode("undo", "PRESS", "ok")
		h.Restart()
	}
	h.Stop()
	h.Config.Boxes[0].Fingerprint = h.Box.Fingerprint()
	h.Rerun()
	h.WantAccess("up", "")
}

// TestBoxRestarts: the access is there again with the box, and what it knows by then.
func TestBoxRestarts(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient))
	if err := h.Box.Restart(t.Context(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	h.Linked()
	h.WantAccess("up", "")
	h.WantCode("deflection/0", "ON", "not_found")
	h.WantName(gatewaytest.Patient, "Anna")
}

// TestWithoutAccess: nothing is asked of a box without a password for it.
func TestWithoutAccess(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Furnished, func(h *gatewaytest.House) { h.Config.Boxes[0].Password = "" })
	h.WantAccess("off", "")
	h.WantCode("deflection/0", "ON", "not_available")
	h.MissedFrom(gatewaytest.Patient)
	if n := h.Box.State().TR064.Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
	if kept := h.Retained(); kept[h.Topic("voicemail")] != "" {
		t.Error("a topic for voice messages")
	}
}

// TestRefreshWhileReading: what was ordered while the box is read is read once more,
// however often it was ordered.
func TestRefreshWhileReading(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "GetPhonebookList", By: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	read := func() uint64 { return h.Box.State().TR064.Actions["GetPhonebookList"] }
	before := read()
	h.WantCode("refresh", "PRESS", "ok")
	gatewaytest.Eventually(t, "the box is being read", func() bool { return read() > before })
	h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient))
	for range 10 {
		h.WantCode("refresh", "PRESS", "ok")
	}
	h.WantName(gatewaytest.Patient, "Anna")
	if n := read() - before; n > 4 {
		t.Errorf("read %d times", n)
	}
}

// TestBackoff: a box that does not let callporter in is asked less and less often.
func TestBackoff(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.Furnished)
	h.Options.Timing.Access.Retry = 10 * time.Millisecond
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "close"}); err != nil {
		t.Fatal(err)
	}
	h.Run()
	h.Linked()
	h.WantAccess("down", "unreachable")
	<-time.After(2 * time.Second)
	if n := h.Box.State().TR064.Requests; n > 40 || n < 3 {
		t.Errorf("%d requests in two seconds", n)
	}
	h.Box.Heal()
	h.WantCode("refresh", "PRESS", "ok")
	h.WantAccess("up", "")
}
