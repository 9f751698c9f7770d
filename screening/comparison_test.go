package screening

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/callporter/callporter/call"
)

// monitorSpelling is how a call monitor writes the number of a caller: digits, or a pair.
var monitorSpelling = regexp.MustCompile(`^[0-9]+#?$|^[0-9]+ ?\([0-9]+\)$`)

// tally counts what a judge makes of the cases.
type tally struct{ wrong, missed int }

func (c *tally) count(turnedAway, noticed, unwanted bool) {
	switch {
	case turnedAway && !unwanted:
		c.wrong++
	case !noticed && unwanted:
		c.missed++
	}
}

// TestComparison judges the German cases in the spelling of a call monitor three times: as
// callporter does, by the rules that fbcallrouter publishes, and by the library alone. The page
// that shows the counts must show these.
func TestComparison(t *testing.T) {
	s := New(Options{})
	var ours, router, library tally
	unwanted, wanted, spam := 0, 0, 0
	for _, c := range cases(t, ownCases) {
		if c.country != "DE" || !monitorSpelling.MatchString(c.raw) || c.class == "internal" || c.class == "anonymous" {
			continue
		}
		no := c.class == "invalid" || c.reason == "forbidden_caller_id"
		if no {
			unwanted++
		} else {
			wanted++
		}
		line := c.line(t)
		v := s.Local(&Query{Party: line.Plan.Caller(c.raw), Line: line}).Verdict
		ours.count(v.Judgement == call.Spam && c.reason != "bracketed_pair", v.Score >= SuspiciousScore, no)
		if no && v.Judgement == call.Spam {
			spam++
		}
		barred := barredByRouter(line.Plan, "0"+strings.TrimPrefix(c.area, "0"), c.raw)
		router.count(barred, barred, no)
		n, err := phonenumbers.Parse(c.raw, "DE")
		barred = err != nil || !phonenumbers.IsValidNumber(n)
		library.count(barred, barred, no)
	}
	if ours != (tally{}) {
		t.Errorf("callporter: %+v", ours)
	}
	page, err := os.ReadFile("../docs/comparison.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(page)), " ")
	for _, want := range []string{
		fmt.Sprintf("| callporter | %d | %d |", ours.wrong, ours.missed),
		fmt.Sprintf("| fbcallrouter's rules | %d | %d |", router.wrong, router.missed),
		fmt.Sprintf("| libphonenumber alone | %d | %d |", library.wrong, library.missed),
		fmt.Sprintf("%d numbers that nobody has or may show, and %d that may call", unwanted, wanted),
		fmt.Sprintf("%d of the %d count as spam, the others as suspicious", spam, unwanted),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("docs/comparison.md does not say %q", want)
		}
	}
}

// barredByRouter restates the rules of fbcallrouter for an incoming number, by which it is
// written into a phonebook that the box rejects, with its option blockForeign off. It looks at
// the number as it came, digit for digit.
func barredByRouter(p *call.Plan, area, raw string) bool {
	if strings.HasPrefix(raw, "00") {
		return len(raw) < 7 || len(raw) > 17 || !knownToRouter(p, raw)
	}
	if raw == "" {
		return false
	}
	digits := raw[1:] // whatever the first one is
	code, mobile := prefixOfRouter(p, digits)
	if code == "" || !mobile && strings.HasPrefix(digits[len(code):], "0") {
		return true
	}
	if rest, ok := strings.CutPrefix(raw, area+"49"); ok && regexp.MustCompile(`^1[5-7][0-9]+`).MatchString(rest) {
		_, mobile := prefixOfRouter(p, rest)
		return mobile // if it is none, its length is not looked at
	}
	return strings.Contains(raw, "(") || len(raw) < 8 || len(raw) > 14
}

// missingMobiles are the Russian codes that the table of fbcallrouter lacks.
var missingMobiles = regexp.MustCompile(`^007(336|800|803|804|808|809|949|977|98\d|99\d)`)

// knownToRouter reports whether the table of countries has the code of a number.
func knownToRouter(p *call.Plan, raw string) bool {
	if missingMobiles.MatchString(raw) {
		return false
	}
	for _, code := range []string{"00379", "00876", "00879", "00991"} {
		if strings.HasPrefix(raw, code) {
			return true
		}
	}
	// The table has what ours has, but for +808. Digits behind it let a short number have its
	// code.
	return !strings.HasPrefix(raw, "00808") && p.Number((raw + "2345678")[:9]).CallingCode() != ""
}

// prefixOfRouter is the longest of five to two digits that the table of area codes, mobile blocks
// and some services has.
func prefixOfRouter(p *call.Plan, digits string) (code string, mobile bool) {
	for length := min(5, len(digits)); length >= 2; length-- {
		code := digits[:length]
		switch code {
		case "3212", "3221", "3222", "700", "800":
			return code, false
		}
		n := p.Number("0" + code + "23456789"[:8-max(0, length-3)])
		switch {
		case n.Kind == call.Fixed && strings.HasPrefix(n.National, "0"+code+" "):
			return code, false
		case n.Kind == call.Mobile && length == 5 && n.Operator() != "" && !newerBlock.MatchString(code):
			return code, true
		}
	}
	return "", false
}

// newerBlock are the mobile blocks given out since the table of January 2024.
var newerBlock = regexp.MustCompile(`^(1505|1508|15333|1555)`)
