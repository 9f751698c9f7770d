package check

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// TestFindingTexts: every finding is told in both languages with the same values, a
// problem says what to do, and nothing stays in braces that nobody fills in.
func TestFindingTexts(t *testing.T) {
	braces := regexp.MustCompile(`\{[^}]*\}`)
	values := func(s string) []string {
		return slices.Compact(slices.Sorted(slices.Values(braces.FindAllString(s, -1))))
	}
	both := func(code, part string, text [2]string, needed bool) {
		if (text[0] == "") != (text[1] == "") || needed && text[0] == "" {
			t.Errorf("%s: the %s is missing: %q", code, part, text)
		}
		if text[0] == text[1] && braces.ReplaceAllString(text[0], "") != "" {
			t.Errorf("%s: the %s is not translated: %q", code, part, text[0])
		}
		if !slices.Equal(values(text[0]), values(text[1])) {
			t.Errorf("%s: the %s says %v in English and %v in German", code, part, values(text[0]), values(text[1]))
		}
	}
	listed := 0
	for _, check := range Checks {
		listed += len(Codes(check))
	}
	if listed != len(checkTexts) || listed < 50 {
		t.Errorf("%d codes are listed of %d", listed, len(checkTexts))
	}
	for code, text := range checkTexts {
		if !regexp.MustCompile(`^[a-z_]+$`).MatchString(code) || text.state == Unknown {
			t.Errorf("%s: %v", code, text.state)
		}
		both(code, "message", text.message, true)
		both(code, "cause", text.cause, false)
		both(code, "hint", text.hint, text.state != OK)
		for _, sentence := range append(text.cause[:], text.hint[:]...) {
			if sentence != "" && !strings.HasSuffix(sentence, ".") && !strings.HasSuffix(sentence, "}") {
				t.Errorf("%s is no sentence: %s", code, sentence)
			}
		}
		for _, message := range text.message {
			if strings.HasSuffix(message, ".") {
				t.Errorf("%s ends like a sentence: %s", code, message)
			}
		}
	}
	for name, text := range phrases {
		both(name, "text", text, true)
	}
}

func TestReadRoutes(t *testing.T) {
	const head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
	for name, test := range map[string]struct{ table, want string }{
		"home":      {head + "eth0\t00000000\t01B2A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t00B2A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", "192.168.178.1"},
		"container": {head + "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", "172.17.0.1"},
		"two": {head + "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n" +
			"eth0\t00000000\t01B2A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", "192.168.178.1"},
		"without a gateway": {head + "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n", ""},
		"half of a VPN's":   {head + "tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n", ""},
		"none":              {head, ""},
		"nonsense":          {head + "eth0\t00000000\tzz\t0003\t0\t0\t0\t00000000\neth0\t00000000\t01\t3\t0\t0\t-1\t00000000\n\n", ""},
	} {
		got, ok := readRoutes(strings.NewReader(test.table))
		if ok != (test.want != "") || ok && got != netip.MustParseAddr(test.want) {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}

func TestClockCode(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -2 * time.Minute: "", 3 * time.Minute: "box_clock", 29 * time.Minute: "box_clock_zone",
		25 * time.Minute: "box_clock", time.Hour: "box_clock_zone", -119 * time.Minute: "box_clock_zone",
		45 * time.Minute: "box_clock", 330 * time.Minute: "box_clock_zone", 15 * time.Hour: "box_clock",
		72 * time.Hour: "box_clock", -400 * 24 * time.Hour: "box_clock_unset",
	} {
		if got := clockCode(d); got != want {
			t.Errorf("%v: %q, not %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration][2]string{
		150 * time.Second: {"3 min", "3 Min."}, 3 * time.Hour: {"3 h", "3 Std."},
		90 * time.Minute: {"1 h 30 min", "1 Std. 30 Min."}, 47 * time.Hour: {"47 h", "47 Std."}, 75 * time.Hour: {"3 days", "3 Tage"},
	} {
		for i, l := range []call.Language{call.English, call.German} {
			c := &checker{config: config.Config{Language: l}}
			if got := c.span(d); got != want[i] {
				t.Errorf("%v: %q, not %q", d, got, want[i])
			}
		}
	}
}
