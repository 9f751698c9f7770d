package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
)

// eventFields are the fields of an event document that a line for people shows.
type eventFields struct {
	Event   string `json:"event_type"`
	Outcome string `json:"outcome"`
	Caller  struct {
		Display, Name, Place string
		Withheld             bool
	}
	Callee struct{ Display, Name string }
	Device string
	Talk   int `json:"talk_seconds"`
	Ring   int `json:"ring_seconds"`
	// What screening makes of the caller.
	Verdict, Reason, Action string
	Score                   int
	Evidence                []struct{ Source string }
	// Started, Answered and Ended are RFC 3339 or null.
	Started, Answered, Ended *time.Time
}

// germanEvents are the words of the German line. The English line shows the event_type.
var germanEvents = map[string]string{
	"ring": "ruft an", "dial": "wählt", "screened": "geprüft", "ringing": "klingelt", "answer": "angenommen",
	"voicemail": "Anrufbeantworter", "end": "beendet", "miss": "verpasst",
	"reject": "abgewiesen", "block": "gesperrt", "lost": "verloren",
}

// EventLine turns an event document into a line for people: when, what, from whom to whom,
// and how it went. where is the id of the box, "" if there is only one. It reports false
// if the payload is no event.
func EventLine(payload []byte, where string, l call.Language) (string, bool) {
	var e eventFields
	if json.Unmarshal(payload, &e) != nil || e.Event == "" {
		return "", false
	}
	clock := "--:--:--"
	if at := e.at(); at != nil {
		clock = at.Format(time.TimeOnly)
	}
	if where != "" {
		where += "  "
	}
	what, width := e.Event, len("voicemail")
	if l == call.German {
		what, width = cmp.Or(germanEvents[e.Event], e.Event), len("Anrufbeantworter")
	}
	line := fmt.Sprintf("%s  %s%-*s  %s → %s%s", clock, where, width, what, e.caller(l), named(e.Callee.Display, e.Callee.Name, "", l), e.course(l)+e.verdict(l))
	return Printable(line), true
}

// at returns when it happened, in the time zone of the box; nil = unknown.
func (e *eventFields) at() *time.Time {
	switch {
	case e.Ended != nil:
		return e.Ended
	case e.Answered != nil:
		return e.Answered
	}
	return e.Started
}

func (e *eventFields) caller(l call.Language) string {
	mark := ""
	if slices.ContainsFunc(e.Evidence, func(e struct{ Source string }) bool { return e.Source == call.InjectedSource }) {
		mark = "TEST: "
	}
	if e.Caller.Withheld {
		return mark + l.Pick("withheld number", "unterdrückte Nummer")
	}
	return mark + named(e.Caller.Display, e.Caller.Name, e.Caller.Place, l)
}

// course says how the call went. The text begins with a comma.
func (e *eventFields) course(l call.Language) string {
	talk, ring := Lasted(e.Talk, l), Lasted(e.Ring, l)
	talked, rang := l.Pick(", talked "+talk, ", "+talk+" gesprochen"), l.Pick(", rang "+ring, ", "+ring+" geklingelt")
	switch e.Event {
	case "answer", "voicemail":
		if e.Device != "" {
			return l.Pick(", at ", ", an ") + e.Device
		}
	case "end":
		switch e.Outcome {
		case "unanswered":
			return l.Pick(", not answered", ", nicht angenommen") + rang
		case "voicemail":
			return l.Pick(", recorded "+talk, ", "+talk+" aufgezeichnet")
		}
		return talked
	case "miss":
		return rang
	case "reject":
		return e.rejected(l)
	case "block":
		return l.Pick(", barred by the box", ", von der Box abgewiesen")
	case "lost":
		unseen := l.Pick(", its end was not seen", ", das Ende blieb ungesehen")
		if e.Answered != nil {
			return unseen + talked
		}
		return unseen
	}
	return ""
}

// rejected says how a caller was turned away, and why: by a verdict, or by order.
func (e *eventFields) rejected(l call.Language) string {
	text := l.Pick(", turned away", ", abgewiesen")
	switch e.Action {
	case call.Announced.String():
		text = l.Pick(", heard an announcement", ", hat eine Ansage gehört")
	case call.ActionRejected.String():
	default: // an earlier version did not say
		return ""
	}
	if e.Verdict != call.Spam.String() {
		return text + l.Pick(" by order", ", auf Befehl")
	}
	text += ": " + verdictWords[e.Verdict].In(l)
	if e.Score > 0 {
		text += fmt.Sprintf(" (%d)", e.Score)
	}
	if e.Reason != "" {
		text += ", " + e.Reason
	}
	return text
}

// verdictWords are the verdicts for people.
var verdictWords = map[string]call.Text{
	"allowed": {"welcome", "willkommen"}, "suspicious": {"suspicious", "verdächtig"}, "spam": {"spam", "Spam"},
}

// verdict says what screening makes of the caller when that is news: at the ring, unless
// nothing is known, and when it has changed. Only when a phone rings is it sure that nothing
// has turned spam away. The text begins with a comma.
func (e *eventFields) verdict(l call.Language) string {
	word, news := verdictWords[e.Verdict].In(l), e.Event == "ring" || e.Event == "screened"
	switch {
	case e.Event == "ringing" && e.Verdict == call.Spam.String():
		return l.Pick(", spam that rings all the same", ", Spam, der trotzdem klingelt")
	case !news, e.Reason == "", word == "" && e.Event == "ring":
		return ""
	case word == "":
		return ", " + e.Reason
	}
	text := ", " + word
	if e.Score > 0 {
		text += fmt.Sprintf(" (%d)", e.Score)
	}
	text += ": " + e.Reason
	if e.Verdict == call.Spam.String() && e.Action == call.Listed.String() {
		text += l.Pick("; is blocked from now on", "; ist von jetzt an gesperrt")
	}
	return text
}

// named adds the name, or else the place, to a number.
func named(number, name, place string, l call.Language) string {
	number = cmp.Or(number, l.Pick("unknown number", "unbekannte Nummer"))
	name = cmp.Or(name, place)
	if name == "" {
		return number
	}
	return number + " (" + name + ")"
}
