package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// settleTimeout bounds the wait for the last messages of the day.
const settleTimeout = 10 * time.Second

// check waits until every expected message has arrived. It fails with a list of those that
// are missing.
func (f *flags) check(ctx context.Context, subscriber *subscriber, expected []boxscript.Expectation, g *gateway.Gateway, cfg config.Config) error {
	timeout := time.After(settleTimeout)
	for {
		messages, more := subscriber.received()
		missing, err := missingMessages(messages, expected, g, cfg)
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			if !f.asJSON {
				subscriber.print(fmt.Sprintf(f.language.Pick("\nEvery expected message arrived: %d calls, %d messages.", "\nAlle erwarteten Nachrichten sind da: %d Anrufe, %d Nachrichten."), len(expected), len(messages)))
			}
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout:
			return cli.Fail(cli.ExitFailed, errors.New("messages are missing:\n  "+strings.Join(missing, "\n  ")), "run it with --verbose for the gateway's log, or --json for every message")
		}
	}
}

// missingMessages compares the received messages with those that the script and the
// contract require.
func missingMessages(messages []mqtt.Message, expected []boxscript.Expectation, g *gateway.Gateway, cfg config.Config) ([]string, error) {
	missing, err := missingCalls(messages, expected, cfg)
	if err != nil {
		return nil, err
	}
	topics := topic.Topics{Base: cfg.MQTT.BaseTopic}
	box := topics.Box(cfg.Boxes[0].ID)
	verdicts, err := missingVerdicts(messages, box.Event, cfg)
	if err != nil {
		return nil, err
	}
	missing = append(missing, verdicts...)
	last := map[string]string{}
	states := map[string]bool{}
	wentOffline := false
	for _, m := range messages {
		if m.Topic == box.Link && last[box.Link] == "online" && string(m.Payload) == "offline" {
			wentOffline = true
		}
		last[m.Topic] = string(m.Payload)
		if m.Topic == box.State {
			var s struct {
				State   string `json:"state"`
				Waiting bool   `json:"call_waiting"`
			}
			if json.Unmarshal(m.Payload, &s) == nil {
				states[s.State] = true
				states["call waiting"] = states["call waiting"] || s.Waiting
			}
		}
	}
	for _, state := range []string{"idle", "ringing", "talking", "dialing", "call waiting"} {
		if !states[state] {
			missing = append(missing, box.State+" was never "+state)
		}
	}
	if !wentOffline {
		missing = append(missing, box.Link+" never went offline")
	}
	documents, err := g.Documents()
	if err != nil {
		return nil, err
	}
	for _, c := range boxscript.DayContacts(cfg.Language.String()) {
		if named := `"name":"` + c.Name + `"`; !slices.ContainsFunc(messages, func(m mqtt.Message) bool { return strings.Contains(string(m.Payload), named) }) {
			missing = append(missing, "nobody is called "+c.Name)
		}
	}
	for _, d := range documents {
		if last[d.Topic] != string(d.Payload) {
			missing = append(missing, d.Topic+" is not the document of Home Assistant discovery")
		}
	}
	want := map[string]string{
		topics.Availability(): "online",
		box.Link:              "online",
		box.State:             `{"state":"idle","active_calls":0,`,
		box.Health:            `{"monitor":{"state":"up",`,
		box.Settings:          `{"auto_reject":"ON","threshold":75,"method":"hangup","withheld":"ring","quiet":"OFF","deflections":{"0":{"name":"`,
		box.Voicemail:         `{"new":`,
		box.LastCall:          `{"id":"`,
		box.Calls:             `{"calls":[{"id":"`,
		box.Missed:            fmt.Sprintf(`{"count":%d,`, count(expected, "miss")),
	}
	plan, err := numberPlan(cfg)
	if err != nil {
		return nil, err
	}
	for _, own := range plan.MSNs {
		want[box.Line(own.Digits())] = `{"state":"idle",`
	}
	for topic, begin := range want {
		if !strings.HasPrefix(last[topic], begin) {
			missing = append(missing, fmt.Sprintf("%s is %.80s, not %s…", topic, last[topic], begin))
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// missingCalls compares the events of each call with what the script expects of it.
func missingCalls(messages []mqtt.Message, expected []boxscript.Expectation, cfg config.Config) ([]string, error) {
	plan, err := numberPlan(cfg)
	if err != nil {
		return nil, err
	}
	topic := topic.Topics{Base: cfg.MQTT.BaseTopic}.Box(cfg.Boxes[0].ID).Event
	type callEvents struct {
		from, to string
		events   []string
	}
	var ids []string
	calls := map[string]*callEvents{}
	for _, m := range messages {
		var e struct {
			ID     string `json:"id"`
			Event  string `json:"event_type"`
			Caller struct{ Number string }
			Callee struct{ Number string }
		}
		if m.Topic != topic || json.Unmarshal(m.Payload, &e) != nil {
			continue
		}
		if calls[e.ID] == nil {
			ids = append(ids, e.ID)
			calls[e.ID] = &callEvents{from: e.Caller.Number, to: e.Callee.Number}
		}
		calls[e.ID].events = append(calls[e.ID].events, e.Event)
	}
	var missing []string
	for i, wanted := range expected {
		want := callEvents{plan.Caller(wanted.Caller).Number.E164, plan.Number(wanted.Called).E164, wanted.Events}
		if i >= len(ids) {
			missing = append(missing, fmt.Sprintf("call %q: no event at all", wanted.Name))
			continue
		}
		got := calls[ids[i]]
		got.events = slices.DeleteFunc(got.events, func(e string) bool { return e == "screened" }) // it comes when others have answered
		if !slices.Contains(want.events, "ringing") {                                              // a call that is lost may have been announced before
			got.events = slices.DeleteFunc(got.events, func(e string) bool { return e == "ringing" })
		}
		if got.from != want.from || got.to != want.to || !slices.Equal(got.events, want.events) {
			missing = append(missing, fmt.Sprintf("call %q: want %v from %s to %s, got %v from %s to %s", wanted.Name, want.events, want.from, want.to, got.events, got.from, got.to))
		}
	}
	if extra := len(ids) - len(expected); extra > 0 {
		missing = append(missing, cli.Counted(extra, "call", "calls")+" nobody expected")
	}
	return missing, nil
}

func numberPlan(cfg config.Config) (*call.Plan, error) {
	b := cfg.Boxes[0]
	return call.NewPlan(b.Country, b.AreaCode, b.Numbers)
}

// count returns the number of calls of the script that have the event.
func count(expected []boxscript.Expectation, event string) (n int) {
	for _, x := range expected {
		if slices.Contains(x.Events, event) {
			n++
		}
	}
	return n
}
