package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// seenEvent is what a line for people needs of an event document.
type seenEvent struct {
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
	// Started, Answered and Ended are RFC 3339 or null.
	Started, Answered, Ended *time.Time
}

// eventLine makes a line for people of an event document: when, what, from whom to
// whom, and how it went. Where is the box, "" where there is only one. It reports
// false for what is no event.
func eventLine(payload []byte, where string) (string, bool) {
	var e seenEvent
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
	line := fmt.Sprintf("%s  %s%-9s  %s → %s%s", clock, where, e.Event, e.caller(), named(e.Callee.Display, e.Callee.Name, ""), e.course())
	return harmless(line), true
}

// at is when it happened, by the box's zone; nil = unknown.
func (e *seenEvent) at() *time.Time {
	switch {
	case e.Ended != nil:
		return e.Ended
	case e.Answered != nil:
		return e.Answered
	}
	return e.Started
}

func (e *seenEvent) caller() string {
	if e.Caller.Withheld {
		return "withheld number"
	}
	return named(e.Caller.Display, e.Caller.Name, e.Caller.Place)
}

// course says how the call went, behind a comma.
func (e *seenEvent) course() string {
	talked, rang := time.Duration(e.Talk)*time.Second, time.Duration(e.Ring)*time.Second
	switch e.Event {
	case "answer", "voicemail":
		if e.Device != "" {
			return ", at " + e.Device
		}
	case "end":
		switch e.Outcome {
		case "unanswered":
			return fmt.Sprintf(", not answered, rang %s", rang)
		case "voicemail":
			return fmt.Sprintf(", recorded %s", talked)
		}
		return fmt.Sprintf(", talked %s", talked)
	case "miss":
		return fmt.Sprintf(", rang %s", rang)
	case "block":
		return ", barred by the box"
	case "lost":
		if e.Answered != nil {
			return fmt.Sprintf(", its end was not seen, talked %s", talked)
		}
		return ", its end was not seen"
	}
	return ""
}

// named puts a name or a place behind a number.
func named(number, name, place string) string {
	if number == "" {
		number = "unknown number"
	}
	if name == "" {
		name = place
	}
	if name == "" {
		return number
	}
	return number + " (" + name + ")"
}
