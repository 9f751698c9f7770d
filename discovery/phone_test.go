package discovery_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
)

// phone plays calls and keeps what the gateway would publish about them.
type phone struct {
	t       *testing.T
	options discovery.Options
	topics  topic.Box
	write   document.Documents
	tracker call.Tracker
	now     time.Time
	verdict call.Verdict // of the callers to come
	missed  []call.Call
	sent    []message
}

func newPhone(t *testing.T, o discovery.Options) *phone {
	t.Helper()
	own := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		own[i] = "+" + l.MSN + "=" + l.Name
	}
	plan, err := call.NewPlan("DE", "030", own)
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("", 3600)
	p := &phone{
		t:       t,
		options: o,
		topics:  o.Topics.Box(o.Box),
		write:   document.Documents{Location: zone, Language: o.Language},
		now:     time.Date(2026, 11, 21, 18, 0, 0, 0, zone),
	}
	p.tracker = call.Tracker{Plan: plan, IDs: call.IDs{Random: func(b []byte) { clear(b) }}, BlockWindow: 500 * time.Millisecond}
	p.tracker.Judge = func(*call.Call) call.Opinion { return call.Opinion{Verdict: p.verdict} }
	p.sent = published(t, o)
	return p
}

func (p *phone) retain(topic string, payload []byte) {
	p.sent = append(p.sent, message{topic, string(payload), true})
}

// link tells how the link to the box is.
func (p *phone) link(word string, monitor document.Part) {
	p.retain(p.topics.Link, []byte(word))
	tr064 := document.Part{State: "up", Since: p.now}
	if word == "offline" {
		tr064 = document.Part{State: "down", Since: p.now, Reason: "unreachable", Hint: strings.Repeat("Prüfen! ", 40)}
	}
	p.retain(p.topics.Health, p.write.Health(document.Health{Monitor: monitor, TR064: tr064, SIP: document.Part{State: "off"}, Journal: document.Part{State: "up"}, Screening: document.Screener{Part: document.Part{State: "up"}}, Phonebooks: []document.Phonebook{{Name: "Telefonbuch"}}, Version: "1.0.0"}))
}

func (p *phone) state() {
	active := p.tracker.Active()
	p.retain(p.topics.State, p.write.State(call.Summarize(active)))
	for _, l := range p.options.Lines {
		var own []call.Call
		for _, c := range active {
			if c.MSN == l.MSN {
				own = append(own, c)
			}
		}
		p.retain(p.topics.Line(l.MSN), p.write.State(call.Summarize(own)))
	}
}

// result publishes what came of a command.
func (p *phone) result(r order.Result) {
	p.sent = append(p.sent, message{p.topics.Result, string(p.write.Result(r)), false})
}

// steps publishes what happened and then the state.
func (p *phone) steps(steps []call.Transition) {
	for _, s := range steps {
		p.sent = append(p.sent, message{p.topics.Event, string(p.write.Event(s)), false})
		if s.Type.Closing() {
			p.retain(p.topics.LastCall, p.write.LastCall(&s.Call))
			p.retain(p.topics.LineLastCall(s.Call.MSN), p.write.LastCall(&s.Call))
		}
		if s.Type == call.EventMiss {
			p.missed = append([]call.Call{s.Call}, p.missed...)
			p.retain(p.topics.Missed, p.write.Missed(len(p.missed), p.missed))
			p.retain(p.topics.LineMissed(s.Call.MSN), p.write.Missed(1, []call.Call{s.Call}))
		}
	}
	p.state()
}

// after lets time pass and an event happen.
func (p *phone) after(d time.Duration, ev call.Event) {
	p.now = p.now.Add(d)
	ev.Received, ev.Stamp = p.now, p.now
	p.steps(p.tracker.Apply(nil, ev))
}

func (p *phone) ring(id call.ConnectionID, caller, callee string) {
	p.after(time.Second, call.Event{Kind: call.Ring, Connection: id, Caller: caller, Callee: callee, Trunk: "SIP0"})
}

func (p *phone) dial(id call.ConnectionID, own, callee string) {
	p.after(time.Second, call.Event{Kind: call.Dial, Connection: id, Caller: own, Callee: callee, Extension: "10", Trunk: "SIP0"})
}

func (p *phone) connect(id call.ConnectionID, extension call.Extension) {
	p.after(5*time.Second, call.Event{Kind: call.Connect, Connection: id, Extension: extension})
}

// screened tells what others say of the call that began last.
func (p *phone) screened(v call.Verdict) {
	active := p.tracker.Active()
	p.steps(p.tracker.Screen(nil, active[len(active)-1].ID, call.Opinion{Verdict: v}, p.now))
}

// announce lets the debounce of a ring pass.
func (p *phone) announce() {
	p.now = p.now.Add(time.Second)
	p.steps(p.tracker.Announce(nil, p.now))
}

// end ends a call nobody took, hangUp one that was taken.
func (p *phone) end(id call.ConnectionID, after time.Duration) {
	p.after(after, call.Event{Kind: call.Disconnect, Connection: id})
}

func (p *phone) hangUp(id call.ConnectionID, after time.Duration) {
	p.after(after, call.Event{Kind: call.Disconnect, Connection: id, Duration: after})
}

// start publishes what is true before the first call.
func (p *phone) start() {
	p.link("offline", document.Part{State: "connecting", Since: p.now})
	p.state()
	p.retain(p.topics.LastCall, p.write.LastCall(nil))
	p.retain(p.topics.Missed, p.write.Missed(0, nil))
	for _, l := range p.options.Lines {
		p.retain(p.topics.LineLastCall(l.MSN), p.write.LastCall(nil))
		p.retain(p.topics.LineMissed(l.MSN), p.write.Missed(0, nil))
	}
	p.retain(p.topics.Settings, p.write.Settings(document.Settings{Threshold: 75, Method: "hangup"}, document.Switches{}))
	p.retain(p.topics.Voicemail, p.write.Voicemail(nil))
	p.result(order.Result{Command: "refresh"})
	p.retain(p.options.Topics.Availability(), []byte("online"))
	p.link("online", document.Part{State: "up", Since: p.now})
}

// day is a bit of everything that can happen to a box with the first own number
// a and the second b.
func (p *phone) day(a, b string) {
	p.start()
	p.ring(0, "03023125123", a) // missed
	p.screened(unwanted)
	p.announce()
	p.end(0, 20*time.Second)
	p.ring(0, "", a) // withheld, answered
	p.connect(0, "10")
	p.ring(1, "01713920012", b) // call waiting
	p.connect(1, "40")          // the answering machine takes it
	p.hangUp(1, 30*time.Second)
	p.hangUp(0, time.Minute)
	p.ring(0, "04066969123", a) // barred by the box
	p.end(0, 100*time.Millisecond)
	p.verdict = call.Verdict{Judgement: call.Suspicious, Score: 60, Reason: strings.Repeat("\"'<{{ value }}", 40), Code: "reported"}
	p.ring(0, "0049 bad \xff\"'<{{ value }}", a) // a stranger's text
	p.end(0, 20*time.Second)
	p.verdict = call.Verdict{}
	p.dial(0, a, "022147101234#") // outgoing, answered
	p.connect(0, "10")
	p.hangUp(0, 10*time.Second)
	p.dial(0, b, "**610")
	p.end(0, 3*time.Second)
	for range 12 { // a full list of missed calls
		p.ring(2, "03023125124("+strings.Repeat("4", 300)+")", b)
		p.end(2, 10*time.Second)
	}
	for id := range call.ConnectionID(8) { // more than a document lists
		p.ring(id, "08999998123", a)
	}
	p.retain(p.topics.Settings, p.write.Settings(document.Settings{Quiet: true, Threshold: 1, Method: "busy"}, document.Switches{
		Deflections:       []document.Switch{{ID: 0, Name: "Ümleitung \"<{{ value }}", On: true}, {ID: 7}},
		AnsweringMachines: []document.Switch{{ID: 0, On: true}},
	}))
	message := call.Call{Caller: call.Party{Number: call.Number{Raw: "03023125123"}, Name: "Dr. Ehrenwert"}, Started: p.now, Talk: time.Minute}
	p.retain(p.topics.Voicemail, p.write.Voicemail([]document.VoiceMessage{{New: true, Call: message}, {Message: 1, New: true}}))
	p.result(order.Result{Command: "block", Data: json.RawMessage(`{"message":"` + strings.Repeat("gesperrt ", 60) + `"}`)})
	p.result(order.Result{Command: "dial", Refusal: refused})
	p.now = p.now.Add(time.Second)
	p.steps(p.tracker.LoseAll(nil, p.now)) // the link is lost
	p.link("offline", document.Part{State: "down", Since: p.now, Reason: "refused", Hint: strings.Repeat("Wähle #96*5* ", 40)})
	p.link("online", document.Part{State: "silent", Since: p.now, Reason: "silent"})
	p.retain(p.options.Topics.Availability(), []byte("offline"))
}
