package mqtt

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// TestForbiddenIsNamed: the log says which subscription is refused and what that
// means.
func TestForbiddenIsNamed(t *testing.T) {
	b := newBroker(t, broker.Options{
		Users: map[string]string{"porter": "right"}, Rights: map[string]broker.Rights{"porter": broker.RightsCommands}, Base: "cp",
	})
	log := new(testkit.Log)
	c := newClient(t, b.Addr().String(), func(o *Options) {
		o.Log, o.Username, o.Password = log.Logger(slog.LevelInfo), "porter", "right"
		o.StatusTopic = "homeassistant/status"
		o.Subscriptions = []Subscription{{Filter: "cp/+/command/#", Loss: call.Text{"commands do not arrive", "Befehle kommen nicht an"}, Handle: func(context.Context, Message) {}}}
	})
	run(t, c.Run)
	eventually(t, "it is said", func() bool { return strings.Contains(log.String(), "forbids a subscription") })
	want := `level=WARN msg="broker forbids a subscription" broker=` + b.Addr().String() +
		` topic=homeassistant/status so="a restart of Home Assistant goes unnoticed"`
	if got := log.String(); !strings.Contains(got, want) || strings.Contains(got, "commands do not arrive") {
		t.Error(got)
	}
	if h := c.Status().Hint(call.German); h != "diesem Benutzer erlauben, homeassistant/status zu lesen: ein Neustart von Home Assistant bleibt unbemerkt" && c.Status().Reason == ReasonNotAuthorized {
		t.Errorf("%q", h)
	}
}
