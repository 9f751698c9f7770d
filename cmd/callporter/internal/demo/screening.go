package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

// startPhoneBlock starts a simulated PhoneBlock that knows the callers of the day.
func startPhoneBlock() (*phoneblocktest.Server, error) {
	server, err := phoneblocktest.Start()
	if err != nil {
		return nil, fmt.Errorf("open simulated PhoneBlock: %w", err)
	}
	plan, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		return nil, err
	}
	report := func(number string, votes int) {
		server.Set(plan.Number(number).E164, phoneblocktest.Number{Votes: votes, Rating: "E_ADVERTISING", Last: time.Now().AddDate(0, 0, -3)})
	}
	for _, number := range boxscript.Spammers {
		report(number, 46)
	}
	report(boxscript.Suspect, 4)
	return server, nil
}

// screens has callers judged with the help of a PhoneBlock, and spam listed.
func screens(s *config.Screening, server *phoneblocktest.Server) {
	s.PhoneBlock = config.PhoneBlock{Enabled: true, URL: server.URL, Token: phoneblocktest.Token, Mirror: true, Live: true}
	s.AutoBlock.Enabled = true
}

// verdicts are what the callers of a day must be judged to be in the end, by number.
func verdicts(cfg config.Config) (map[string]string, error) {
	plan, err := numberPlan(cfg)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		plan.Number(boxscript.Spammers[0]).E164: call.Spam.String(),
		plan.Number(boxscript.Suspect).E164:     call.Suspicious.String(),
		plan.Number(neighbour).E164:             call.Allowed.String(),
	}, nil
}

// neighbour stands in the phonebook.
const neighbour = "03023125123"

// missingVerdicts compares what the callers were judged to be with what they must be, and
// wants a sentence for each. The number of the spammer must have been listed.
func missingVerdicts(messages []mqtt.Message, topic string, cfg config.Config) ([]string, error) {
	want, err := verdicts(cfg)
	if err != nil {
		return nil, err
	}
	var missing []string
	listed := false
	got := map[string]string{}
	for _, m := range messages {
		var e struct {
			Caller          struct{ Number string }
			Direction       string
			Verdict, Reason string
			Action          string
			Score           *int
		}
		if m.Topic != topic || json.Unmarshal(m.Payload, &e) != nil || e.Direction != call.Incoming.String() {
			continue
		}
		listed = listed || e.Action == call.Listed.String()
		if got[e.Caller.Number] = e.Verdict; e.Reason == "" && e.Score != nil {
			missing = append(missing, "no sentence about "+e.Caller.Number)
		}
	}
	for number, verdict := range want {
		if got[number] != verdict {
			missing = append(missing, fmt.Sprintf("%s is %s, not %s", number, got[number], verdict))
		}
	}
	if !listed {
		missing = append(missing, "nobody was listed")
	}
	slices.Sort(missing)
	return slices.Compact(missing), nil
}

// isSpam reports whether a command of the script is the first call of the spammer, whose
// number is then listed while it rings.
func isSpam(r boxscript.Result) bool {
	return r.Call == "spammer" && strings.HasPrefix(r.Command, "ring")
}
