package query

import (
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// open makes an answerer with a journal in a folder of its own, and one box in Berlin.
func open(t testing.TB) *Answerer {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	j, err := journal.Open(t.Context(), journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	box := config.Box{ID: "fritzbox", Country: "DE", AreaCode: "030", Timezone: "Europe/Berlin"}
	p, err := poll.New(poll.Options{Box: box, Data: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Boxes: []Box{{box.ID, p}}, Journal: j, Timeout: 20 * time.Second, Now: time.Now})
}

// record records calls and waits until they are in the file.
func record(t testing.TB, a *Answerer, box string, calls ...call.Call) {
	t.Helper()
	for _, c := range calls {
		a.Journal.Record(box, c)
	}
	if err := a.Journal.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// list asks for page after page, at most limit calls; 0 = all.
func list(t testing.TB, a *Answerer, limit int, args map[string]string) (all []Call) {
	t.Helper()
	asked := map[string]string{}
	for name, value := range args {
		asked[name] = value
	}
	for {
		asked["limit"] = strconv.Itoa(journal.MaxPage)
		if limit > 0 {
			asked["limit"] = strconv.Itoa(min(limit-len(all), journal.MaxPage))
		}
		text := a.Answer(t.Context(), "", "calls", asked)
		if len(text) > control.MaxAnswer {
			t.Fatalf("an answer of %d bytes", len(text))
		}
		var answer struct {
			OK   bool
			Data struct {
				Calls []Call
				Next  string
			}
		}
		if err := json.Unmarshal(text, &answer); err != nil || !answer.OK {
			t.Fatalf("%s, %v", text, err)
		}
		all = append(all, answer.Data.Calls...)
		asked["before"] = answer.Data.Next
		if answer.Data.Next == "" || limit > 0 && len(all) == limit {
			return all
		}
	}
}

var plan, _ = call.NewPlan("DE", "030", nil)

func number(national string) call.Number { return plan.Number(national) }

// maker makes calls one after the other, always the same ones.
type maker struct {
	ids call.IDs
	now time.Time
}

func newMaker() *maker {
	m := &maker{now: time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)}
	rnd := rand.New(rand.NewPCG(1, 7))
	m.ids.Random = func(b []byte) {
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
	}
	return m
}

// missed is a call that nobody answered.
func (m *maker) missed(from string) call.Call {
	m.now = m.now.Add(time.Minute)
	return call.Call{
		ID: m.ids.Next(m.now), Direction: call.Incoming, Phase: call.Ended, Outcome: call.Missed,
		Caller:  call.Party{Number: number(from)},
		Callee:  call.Party{Number: number("03023125732"), Name: "Practice"},
		MSN:     "493023125732",
		Trunk:   "SIP1",
		Started: m.now, Ended: m.now.Add(20 * time.Second), Stamp: m.now, Ring: 20 * time.Second,
	}
}

// spam is a call that was judged and rejected.
func (m *maker) spam(from string) call.Call {
	c := m.missed(from)
	c.Outcome, c.Action = call.Rejected, call.ActionRejected
	c.Verdict = call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock: 46 reports, advertising", Code: "reported",
		Evidence: []call.Evidence{{Source: "phoneblock", Reason: "reported", Weight: 92, Detail: "46 reports, advertising"},
			{Source: "rules", Reason: "new", Weight: 10}}}
	return c
}

// dialled is a call to somebody.
func (m *maker) dialled(to string) call.Call {
	c := m.missed(to)
	c.Direction, c.Outcome, c.Caller, c.Callee = call.Outgoing, call.Answered, c.Callee, c.Caller
	c.Extension, c.Answered, c.Talk = "10", c.Started.Add(5*time.Second), 15*time.Second
	return c
}
