package boxscript

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/monitor"
)

// Bounds of what a script may ask for.
const (
	maxNumber  = 64
	maxWait    = 24 * time.Hour
	maxRepeat  = 100_000
	maxGarbage = 1 << 20
)

// argument is a kind of word that a command takes, named in its pattern.
type argument struct {
	allowed string // for messages and Help
	ok      func(word string) bool
}

// arguments are the kinds of word by their names in the patterns.
var arguments = map[string]argument{
	"CALLER":   number,
	"OWN":      number,
	"DIALLED":  number,
	"FIRST":    number,
	"SECOND":   number,
	"NUMBER":   number,
	"EXT":      {"an extension, 0 to 99", between(0, 99)},
	"BY":       {"an extension, 0 to 99", between(0, 99)},
	"ID":       {"a connection id, 0 to 99", between(0, 99)},
	"NAME":     {"a name of at most 32 letters, digits, - and _", isName},
	"TRUNK":    {"a trunk as SIP0, ISDN or POTS, at most 16 letters and digits", isTrunk},
	"SECONDS":  {"whole seconds, 0 to 9999999", between(0, 9_999_999)},
	"DRIFT":    {"whole seconds, -60 to 60", between(-60, 60)},
	"TIME":     {"a time as 20ms, 2.5s, 1m or 1h, at most 24h", isTime},
	"DELAY":    {"a time as 20ms, 2.5s, 1m or 1h, at most 24h, or off", func(s string) bool { return s == "off" || isTime(s) }},
	"CUT":      {"a count of bytes, negative from the end, or off", func(s string) bool { return s == "off" || between(-maxLine, maxLine)(s) }},
	"SWITCH":   {"on or off", func(s string) bool { return s == "on" || s == "off" }},
	"COUNT":    {fmt.Sprintf("a count, 1 to %d", maxRepeat), between(1, maxRepeat)},
	"CLIENTS":  {fmt.Sprintf("a count, 1 to %d", monitor.MaxClients), between(1, monitor.MaxClients)},
	"LENGTH":   {fmt.Sprintf("a count of bytes, 1 to %d", maxGarbage), between(1, maxGarbage)},
	"KIND":     {"one of " + strings.Join(monitor.BadLines(), ", "), func(s string) bool { return slices.Contains(monitor.BadLines(), s) }},
	"CLOCK":    {`a jump as +1h or -90s, or 1970, now, autumn, spring or "26.10.25 02:59:50"`, isClock},
	"TEXT":     {"text in quotes", func(string) bool { return true }},
	"EVENT":    {"one of " + strings.Join(events, ", "), func(s string) bool { return slices.Contains(events, s) }},
	"LANGUAGE": {"a language as en or de", isLanguage},
}

var number = argument{
	fmt.Sprintf("a number of at most %d digits, + * # ( ) and blanks, or withheld", maxNumber), isNumber,
}

func isNumber(s string) bool {
	return s == "withheld" || len(s) <= maxNumber && strings.Trim(s, "0123456789+*#() ") == ""
}

func isName(s string) bool {
	return s != "" && len(s) <= 32 && strings.IndexFunc(s, func(r rune) bool {
		return !letterOrDigit(r) && r != '-' && r != '_'
	}) < 0
}

func isTrunk(s string) bool {
	return s != "" && len(s) <= 16 && strings.IndexFunc(s, func(r rune) bool { return !letterOrDigit(r) }) < 0
}

func isLanguage(s string) bool {
	return len(s) == 2 && s[0] >= 'a' && s[0] <= 'z' && s[1] >= 'a' && s[1] <= 'z'
}

func letterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func isTime(s string) bool {
	d, err := time.ParseDuration(s)
	return err == nil && d >= 0 && d <= maxWait && s[0] != '+' && s[0] != '-'
}

func isClock(s string) bool {
	switch s {
	case "1970", "now", "autumn", "spring":
		return true
	}
	if _, err := time.Parse("02.01.06 15:04:05", s); err == nil {
		return true
	}
	d, err := time.ParseDuration(s)
	return err == nil && (s[0] == '+' || s[0] == '-') && d.Abs() < math.MaxInt64/8
}

// between reports whether a word is an integer from low to high.
func between(low, high int) func(string) bool {
	return func(s string) bool {
		n, err := strconv.Atoi(s)
		return err == nil && n >= low && n <= high && s[0] != '+'
	}
}

// args are the words of one command, checked, by their names in its pattern.
// What follows an optional keyword has the name of the keyword.
type args map[string]string

func (a args) has(key string) bool { _, ok := a[key]; return ok }

func (a args) number(key string) string {
	if a[key] == "withheld" {
		return ""
	}
	return a[key]
}

// int returns an integer, or otherwise where the word is absent or "off".
func (a args) int(key string, otherwise int) int {
	n, err := strconv.Atoi(a[key])
	if err != nil {
		return otherwise
	}
	return n
}

// time returns a duration, or otherwise where the word is absent or "off".
func (a args) time(key string, otherwise time.Duration) time.Duration {
	d, err := time.ParseDuration(a[key])
	if err != nil {
		return otherwise
	}
	return d
}

func (a args) on() bool { return a["SWITCH"] == "on" }
