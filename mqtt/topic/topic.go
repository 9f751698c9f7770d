package topic

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultBase is the first level of all topics unless configured otherwise.
const DefaultBase = "callporter"

// Topics are the topic names below one base, such as "callporter" or
// "home/callporter".
type Topics struct {
	Base string
}

// New checks the base: 1 to 128 bytes, no wildcard, no control character,
// no empty level, not beginning with "$" (those belong to the broker).
func New(base string) (Topics, error) {
	bad := func(why string) (Topics, error) {
		return Topics{}, fmt.Errorf("use base topic %q: %s", base, why)
	}
	switch {
	case base == "":
		return bad("empty")
	case len(base) > 128:
		return bad("longer than 128 bytes")
	case !utf8.ValidString(base):
		return bad("not UTF-8")
	case strings.ContainsAny(base, "+#"):
		return bad("+ and # are wildcards")
	case strings.IndexFunc(base, unicode.IsControl) >= 0:
		return bad("control character")
	case base[0] == '$':
		return bad("topics that begin with $ belong to the broker")
	case strings.HasPrefix(base, "/") || strings.HasSuffix(base, "/") || strings.Contains(base, "//"):
		return bad("empty level")
	}
	return Topics{Base: base}, nil
}

// Availability is the topic of "online" and "offline" of callporter as a whole;
// "offline" is its last will.
func (t Topics) Availability() string { return t.Base + "/availability" }

// CommandFilter is the subscription that covers the commands of all boxes.
func (t Topics) CommandFilter() string { return t.Base + "/+/command/#" }

// PassingFilters are the subscriptions that cover what is never retained: events and
// results of all boxes.
func (t Topics) PassingFilters() []string { return []string{t.Base + "/+/event", t.Base + "/+/result"} }

// Box returns the topics of one box. The id must satisfy [ValidBox].
func (t Topics) Box(id string) Box {
	p := t.Base + "/" + id + "/"
	return Box{
		Link:      p + "link",
		Health:    p + "health",
		State:     p + "state",
		LastCall:  p + "last_call",
		Missed:    p + "missed",
		Calls:     p + "calls",
		Voicemail: p + "voicemail",
		Settings:  p + "settings",
		Picture:   p + "picture",
		Event:     p + "event",
		Result:    p + "result",
		prefix:    p,
	}
}

// Box holds the topics of one box, made once.
type Box struct {
	Link, Health, State, LastCall, Missed, Calls, Voicemail, Settings string // retained
	Picture                                                           string // retained; raw bytes
	Event, Result                                                     string // not retained

	prefix string
}

// All is what every topic of the box begins with.
func (b Box) All() string { return b.prefix }

// Line is the state topic of one own number, given as E.164 digits without plus
// ("493023125732"). Anything but 1 to 32 digits has no topic and yields "".
func (b Box) Line(msn string) string { return b.line(msn, "state") }

// LineLastCall and LineMissed are [Box.LastCall] and [Box.Missed] of one own number, given as
// for [Box.Line].
func (b Box) LineLastCall(msn string) string { return b.line(msn, "last_call") }
func (b Box) LineMissed(msn string) string   { return b.line(msn, "missed") }

func (b Box) line(msn, what string) string {
	if len(msn) == 0 || len(msn) > 32 {
		return ""
	}
	for i := range len(msn) {
		if msn[i] < '0' || msn[i] > '9' {
			return ""
		}
	}
	return b.prefix + "line/" + msn + "/" + what
}

// Command is the topic of a command; the name may have two levels, such as
// "deflection/3".
func (b Box) Command(name string) string { return b.prefix + "command/" + name }

// ValidBox reports whether an id can name a box: 1 to 64 of a-z, 0-9 and _.
func ValidBox(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// SplitCommand splits the topic of a command into box and the command's path, which
// has two levels for some: "quiet", "deflection/3". ok is false where the topic is
// none of ours. Only the form is looked at: box and path may be unknown.
func (t Topics) SplitCommand(topic string) (box, path string, ok bool) {
	rest, ok := strings.CutPrefix(topic, t.Base+"/")
	if !ok {
		return "", "", false
	}
	box, rest, ok = strings.Cut(rest, "/")
	if !ok || !ValidBox(box) {
		return "", "", false
	}
	path, ok = strings.CutPrefix(rest, "command/")
	if !ok {
		return "", "", false
	}
	return box, path, true
}

// Covers reports whether a topic matches a subscription's filter [4.7].
func Covers(filter, topic string) bool {
	for {
		f, fRest, fMore := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		l, lRest, lMore := strings.Cut(topic, "/")
		if f != "+" && f != l {
			return false
		}
		if !lMore {
			return !fMore || fRest == "#" // "a/#" covers "a"
		}
		if !fMore {
			return false
		}
		filter, topic = fRest, lRest
	}
}
