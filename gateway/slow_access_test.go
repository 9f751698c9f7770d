package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// TestSlowOrder: an order the box takes its time for has its one result in time, and
// what came of it stands in the audit.
func TestSlowOrder(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.options.Timing.Result = 300 * time.Millisecond
		h.box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetDeflectionEnable", By: time.Second}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.wantCode("deflection/0", "ON", "timeout")
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("after %v", took)
	}
	h.wantCode("quiet", "ON", "ok")
	h.wantSwitch("deflection", "0", "ON")
	h.wantCode("reset_missed", "PRESS", "ok")
	h.stop()
	if w := h.writes(); len(w) != 1 || w[0].Action != "deflection_set" {
		t.Errorf("%+v", w)
	}
}

// TestManyOrders: what does not fit into the queue is refused at once, and each order
// has one result, also those that a stop finds waiting.
func TestManyOrders(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b), func(h *house) { h.box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetDeflectionEnable", By: 1500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	const orders = 30
	for range orders {
		h.heard.say(h.topic("command/deflection/0"), "ON", false)
	}
	codes := map[string]int{}
	for range orders - 17 {
		codes[h.nextResult().code()]++
	}
	if codes["busy"] < orders-18 {
		t.Errorf("%v", codes)
	}
	h.stop()
	for range 17 {
		codes[h.nextResult().code()]++
	}
	if codes["timeout"]+codes["not_available"] != 17 && codes["ok"] == 0 {
		t.Errorf("%v", codes)
	}
}

// TestSilentBox: one that answers with a header and no body is reported within 15 s,
// with the times of real life, and disturbs nobody: calls, other boxes, the orders
// that do not need it.
func TestSilentBox(t *testing.T) {
	t.Parallel()
	h := build(t, func(h *house) { h.addBox("annexe") }, furnished, func(h *house) {
		h.options.Timing.Access = poll.Timing{Client: tr064.Timing{Spacing: -1}}
	})
	if err := h.box.Trouble(fritztest.Trouble{Kind: "headonly"}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.run()
	h.linked()
	annexe := h.sites[1]
	annexe.linked()
	annexe.wantAccess("up", "")
	if h.healthHas(`"tr064":{"state":"down"`) {
		t.Error("the other box waited for the silent one")
	}
	h.missedFrom(patient)
	annexe.missedFrom(munich)
	h.heard.say(h.topic("command/block"), `{"number":"`+pest+`","where":"barring","request":"slow"}`, false)
	quick := time.Now()
	for name, payload := range map[string]string{"quiet": "ON", "reset_missed": "PRESS", "refresh": "PRESS"} {
		h.wantCode(name, payload, "ok")
	}
	annexe.wantCode("block", pest, "ok")
	if h.healthHas(`"tr064":{"state":"down"`) {
		t.Errorf("the other orders waited %v", time.Since(quick))
	}
	doc := h.wantAccess("down", "silent")
	if took := time.Since(began); took > 15*time.Second || doc.TR064.Hint == "" || doc.Monitor.State != "up" {
		t.Errorf("%+v after %v", doc, took)
	}
	if r := h.nextResult(); r.Request != "slow" || r.code() != "timeout" && r.code() != "failed" {
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
	h := build(t, furnished)
	h.config.Boxes[0].Password = "falsch"
	h.options.Timing.Access.Retry = 20 * time.Millisecond
	for range 10 {
		h.rerun()
		h.heard.until("no access", func() bool {
			payload := h.heard.newest(h.topic("health"))
			return payload != "" && parse[healthDoc](t, payload).TR064.State == "down"
		})
		h.missedFrom(patient)
		if code := h.order("deflection/0", "ON").code(); code != "not_permitted" && code != "busy" { // nothing was ever read
			t.Errorf("deflection/0: %s", code)
		}
		h.wantCode("block", `{"number":"`+pest+`","where":"own"}`, "ok")
		h.stop()
	}
	if n := h.box.State().TR064.Wrong; n != 2 {
		t.Errorf("%d wrong logins", n)
	}
	h.config.Boxes[0].Password = boxPassword
	h.rerun()
	h.wantAccess("up", "")
	if n := h.box.State().TR064.Wrong; n != 2 {
		t.Errorf("%d wrong logins", n)
	}
}

// TestAnotherPassword: one that comes by a restart is tried at once. Where the old one is
// put right at the box, a check that got in with it opens the way again.
func TestAnotherPassword(t *testing.T) {
	t.Parallel()
	h := build(t, furnished)
	h.config.Boxes[0].Password = "falsch"
	h.run()
	h.linked()
	h.wantAccess("down", "locked_out")
	h.box.Unlock()
	h.config.Boxes[0].Password = boxPassword
	h.restart()
	h.wantAccess("up", "")

	h.box.SetUser(fritztest.User{Name: boxUser, Password: "anders", Last: true})
	h.box.ForgetNonces()
	h.wantCode("refresh", "PRESS", "ok")
	h.wantAccess("down", "locked_out")
	h.box.Unlock()
	wrong := h.box.State().TR064.Wrong
	h.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword, Last: true})
	for range 3 {
		h.wantCode("refresh", "PRESS", "ok")
	}
	h.wantAccess("down", "locked_out")
	found := check.Run(t.Context(), h.config, check.Options{RetryPassword: true, Timing: check.Timing{Listen: time.Millisecond}})
	if !slices.ContainsFunc(found, func(f check.Finding) bool { return f.Code == "access_ok" }) {
		t.Errorf("%+v", found)
	}
	h.wantAccess("up", "")
	if now := h.box.State().TR064.Wrong; now != wrong {
		t.Errorf("%d wrong logins more", now-wrong)
	}
}

// TestUserListChanges: without a name the user is the one the box names. If that one
// is no more, the box is asked again before the second try.
func TestUserListChanges(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.config.Boxes[0].Username = "" })
	h.box.SetUser(fritztest.User{Name: "fritz7777", Password: boxPassword, Last: true})
	h.box.RemoveUser(boxUser)
	h.box.ForgetNonces()
	h.wantCode("refresh", "PRESS", "ok")
	eventually(t, "the other user is in", func() bool {
		return slices.ContainsFunc(h.box.State().TR064.Users, func(u fritztest.UserState) bool { return u.Name == "fritz7777" && u.Logins > 0 })
	})
	h.wantAccess("up", "")
}

// TestMissingRights: what the user may not do is said, with what to do; the rest works.
func TestMissingRights(t *testing.T) {
	t.Parallel()
	h := openFurnishedAs(t, "A", "right_missing")
	doc := h.wantAccess("up", "right_missing")
	if !strings.Contains(doc.TR064.Hint, "Voice messages") || doc.Model != "FRITZ!Box 7530" {
		t.Errorf("%+v", doc)
	}
	h.missedFrom(patient)
	if r := h.wantCode("block", pest, "not_permitted"); !strings.Contains(r.Error.Hint, "Voice messages") {
		t.Errorf("%+v", r.Error)
	}
	wantAll(t, "own list", h.own(journal.Block), pestE164)
	h.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword})
	h.wantCode("refresh", "PRESS", "ok")
	h.wantAccess("up", "")
}

// openFurnishedAs opens a house whose gateway's user has these rights only.
func openFurnishedAs(t testing.TB, rights, reason string) *house {
	t.Helper()
	h := open(t, furnished, func(h *house) {
		h.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword, Rights: rights})
	})
	h.wantAccess("up", reason)
	return h
}

// TestCertificateChanges: another one than was seen first is refused until it is
// accepted, over restarts too; calls go on.
func TestCertificateChanges(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	if err := h.box.ChangeCertificate(); err != nil {
		t.Fatal(err)
	}
	if err := h.box.Restart(t.Context(), 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if doc := h.wantAccess("down", "certificate"); !strings.Contains(doc.TR064.Hint, "callporter trust fritzbox") {
			t.Errorf("%+v", doc.TR064)
		}
		h.missedFrom(patient)
		h.wantCode("block", pest, "not_permitted")
		h.wantCode("undo", "PRESS", "ok")
		h.restart()
	}
	h.stop()
	h.config.Boxes[0].Fingerprint = h.box.Fingerprint()
	h.rerun()
	h.wantAccess("up", "")
}

// TestBoxRestarts: the access is there again with the box, and what it knows by then.
func TestBoxRestarts(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	h.addBook("Familie", contact("Anna", patient))
	if err := h.box.Restart(t.Context(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	h.linked()
	h.wantAccess("up", "")
	h.wantCode("deflection/0", "ON", "not_found")
	h.wantName(patient, "Anna")
}

// TestWithoutAccess: nothing is asked of a box without a password for it.
func TestWithoutAccess(t *testing.T) {
	t.Parallel()
	h := open(t, furnished, func(h *house) { h.config.Boxes[0].Password = "" })
	h.wantAccess("off", "")
	h.wantCode("deflection/0", "ON", "not_available")
	h.missedFrom(patient)
	if n := h.box.State().TR064.Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
	if kept := h.retained(); kept[h.topic("voicemail")] != "" {
		t.Error("a topic for voice messages")
	}
}

// TestRefreshWhileReading: what was ordered while the box is read is read once more,
// however often it was ordered.
func TestRefreshWhileReading(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "GetPhonebookList", By: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	read := func() uint64 { return h.box.State().TR064.Actions["GetPhonebookList"] }
	before := read()
	h.wantCode("refresh", "PRESS", "ok")
	eventually(t, "the box is being read", func() bool { return read() > before })
	h.addBook("Familie", contact("Anna", patient))
	for range 10 {
		h.wantCode("refresh", "PRESS", "ok")
	}
	h.wantName(patient, "Anna")
	if n := read() - before; n > 4 {
		t.Errorf("read %d times", n)
	}
}

// TestBackoff: a box that does not let callporter in is asked less and less often.
func TestBackoff(t *testing.T) {
	t.Parallel()
	h := build(t, furnished)
	h.options.Timing.Access.Retry = 10 * time.Millisecond
	if err := h.box.Trouble(fritztest.Trouble{Kind: "close"}); err != nil {
		t.Fatal(err)
	}
	h.run()
	h.linked()
	h.wantAccess("down", "unreachable")
	<-time.After(2 * time.Second)
	if n := h.box.State().TR064.Requests; n > 40 || n < 3 {
		t.Errorf("%d requests in two seconds", n)
	}
	h.box.Heal()
	h.wantCode("refresh", "PRESS", "ok")
	h.wantAccess("up", "")
}
