package call_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

func TestMask(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"112", "112"},
		{"**1", "**1"},
		{"**610", "**610"},
		{"1230", "1xxx"},
		{"+493023125123", "+493023125xxx"},
		{"030 231-25 12 3", "030 231-25 xx x"},
		{"anonymous", "anonymous"},
		{"(0171) 3920055#", "(0171) 3920xxx#"},
	}
	for _, tt := range tests {
		if got := call.Mask(tt.in); got != tt.want {
			t.Errorf("Mask(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestNumberWithheld(t *testing.T) {
	p := plan(t, "DE", "030")
	for _, n := range []call.Number{{}, p.Number(""), p.Number("anonymous")} {
		if !n.Withheld() || n.String() != "withheld" || n.Full() != "" {
			t.Errorf("%+v: withheld %t, full %q", n, n.Withheld(), n.Full())
		}
	}
	for _, raw := range []string{"03023125123", "**610", "112", "62", "x"} {
		if n := p.Number(raw); n.Withheld() || n.Full() == "" {
			t.Errorf("%q counts as withheld", raw)
		}
	}
}

// TestNumberDoesNotLeak prints numbers in every way a careless line could.
func TestNumberDoesNotLeak(t *testing.T) {
	p := plan(t, "DE", "030")
	for _, raw := range []string{"03023125123", "23125123", "+447700900123", "0302312x5123", "*99#23125123"} {
		n := p.Number(raw)
		party := call.Party{Number: n, Network: n, Name: "Practice"}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			for _, v := range []any{n, &n, party, []call.Number{n}, map[string]call.Number{"caller": n}, fmt.Errorf("call from %v", n)} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
		}
		// The time of the line may hold the digits looked for.
		timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, timeless), slog.NewJSONHandler(&out, timeless)} {
			slog.New(h).Info("call", "caller", n, "party", party, slog.Group("g", slog.Any("n", n)))
		}
		if strings.Contains(out.String(), "123") || strings.Contains(out.String(), fmt.Sprintf("%x", "123")) {
			t.Errorf("%q leaks:\n%s", raw, out.String())
		}
		if !strings.Contains(out.String(), "Practice") {
			t.Errorf("%q: the name is missing:\n%s", raw, out.String())
		}
	}
}

func TestNumberKindWords(t *testing.T) {
	if got := call.Foreign.String(); got != "foreign" {
		t.Errorf("Foreign is %q", got)
	}
	if got := call.NumberKind(200).String(); got != "unknown" {
		t.Errorf("200 is %q", got)
	}
	if text, err := call.Mobile.MarshalText(); string(text) != "mobile" || err != nil {
		t.Errorf("Mobile is %q, %v", text, err)
	}
}

var e164Form = regexp.MustCompile(`^\+[1-9][0-9]{3,14}$`)

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{
		"", "0", "Anonymous", "03023125123", "23125123", "+493023125123", "0049 (0)30/23125123", "0171-3920055#",
		"**610", "*121#03023125123", "#96*5*", "0800234567 (03023125900)", "0103303023125456", "112", "0112",
		"+44 7700900123", "004402079460123", "+2102345678", "493023125000", "030\xff23125123", "０３０２３１２５", "\x00", "+0", "00",
	} {
		f.Add(seed)
	}
	var plans []*call.Plan
	for _, p := range [][2]string{{"DE", "030"}, {"DE", ""}, {"AT", "01"}, {"CH", "044"}, {"NL", "020"}, {"IT", ""}, {"BG", ""}, {"US", ""}} {
		plans = append(plans, plan(f, p[0], p[1], "+493023125732=Practice"))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, p := range plans {
			pair := p.Caller(raw)
			if class, reason := p.Classify(raw); (class == call.ClassUnknown) != (reason == call.ReasonUnknown) {
				t.Errorf("%s %q: class %s, reason %s", p.Country, raw, class, reason)
			}
			own, msn := p.Own(raw)
			if strings.Trim(msn, "0123456789") != "" || len(msn) > 64 {
				t.Errorf("%s Own(%q) has MSN %q", p.Country, raw, msn)
			}
			for _, n := range []call.Number{p.Number(raw), p.Dialled(raw), pair.Number, pair.Network, own.Number} {
				check(t, p, n)
			}
		}
	})
}

// check holds a number to what every Number promises.
func check(t *testing.T, p *call.Plan, n call.Number) {
	t.Helper()
	for _, s := range []string{n.Raw, n.E164, n.National, n.Place, n.Country} {
		if !utf8.ValidString(s) || len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%s: a field is %q", p.Country, s)
		}
	}
	if n.E164 != "" {
		if !e164Form.MatchString(n.E164) {
			t.Errorf("%s %q: E164 %q", p.Country, n.Raw, n.E164)
		}
		reread := p.Number(n.E164)
		if reread.E164 != n.E164 || reread.Kind != n.Kind || reread.National != n.National {
			t.Errorf("%s %q: %q is %s, read again %q %s", p.Country, n.Raw, n.E164, n.Kind, reread.E164, reread.Kind)
		}
		if completed := n.Reason == call.ReasonLocalNumberCompleted && reread.Reason == call.ReasonOK; reread.Reason != n.Reason && !completed {
			t.Errorf("%s %q: %q is %s, read again %s", p.Country, n.Raw, n.E164, n.Reason, reread.Reason)
		}
	}
	if n.Withheld() && n.Kind != call.Withheld && n != (call.Number{}) {
		t.Errorf("%s: withheld is %s", p.Country, n.Kind)
	}
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	hidden := p.Veiled(n)
	if (n.Reason == call.ReasonVeiledCellular) != (hidden.Kind == call.Mobile) {
		t.Errorf("%s %q is %s and hides %s", p.Country, n.Raw, n.Reason, hidden.Kind)
	}
	full, masked := digits(n.Full()), digits(n.String())
	if want := max(0, len(full)-3); len(full) > 3 && masked != full[:want] {
		t.Errorf("%s %q is shown as %q", p.Country, n.Full(), n.String())
	}
}

func TestNumberAllocations(t *testing.T) {
	p := plan(t, "DE", "030", "23125732=Practice")
	for _, tt := range []struct {
		raw  string
		most float64
	}{
		{"03023125123", 1}, {"+493023125123", 1}, {"00493023125123", 1}, {"01713920055", 1},
		{"23125123", 1}, {"+49 (0)30 23125123", 2}, {"00447700900123", 1}, {"**610", 0}, {"112", 0}, {"", 0}, {"Anonymous", 0},
	} {
		if got := testing.AllocsPerRun(100, func() { p.Number(tt.raw) }); got > tt.most {
			t.Errorf("Number(%q) allocates %v times, at most %v allowed", tt.raw, got, tt.most)
		}
	}
	for raw, most := range map[string]float64{"23125732": 0, "03023125732": 0, "+493023125732": 0, "23125069": 1} {
		if got := testing.AllocsPerRun(100, func() { p.Own(raw) }); got > most {
			t.Errorf("Own(%q) allocates %v times, at most %v allowed", raw, got, most)
		}
	}
}

func BenchmarkNumber(b *testing.B) {
	p := plan(b, "DE", "030", "23125732=Practice")
	for _, raw := range []string{"03023125123", "23125123", "033051234567", "01713920055", "+49 (0)30 23125123", "00447700900123", "**610"} {
		b.Run(raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Number(raw)
			}
		})
	}
}

func BenchmarkOwn(b *testing.B) {
	p := plan(b, "DE", "030", "23125732=Practice")
	for _, raw := range []string{"23125732", "03023125732", "23125069"} {
		b.Run(raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Own(raw)
			}
		})
	}
}
