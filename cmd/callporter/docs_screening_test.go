package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// TestManualShowsWhatScreenPrints: what the manual shows of screen is what it prints without a
// configuration, but for the times.
func TestManualShowsWhatScreenPrints(t *testing.T) {
	t.Setenv("CALLPORTER_LANGUAGE", "en")
	t.Setenv("CALLPORTER_DATA", t.TempDir())
	took := regexp.MustCompile(` +[0-9.]+(?:µs|ns|ms) +`)
	word := regexp.MustCompile(`"[^"]*"|\S+`)
	text := manual(t, "docs/screening.md")
	t.Chdir(t.TempDir())
	seen := 0
	for _, m := range regexp.MustCompile("(?ms)^\\$ callporter (screen [^\n]*)\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[1], "--test-source") || strings.Contains(m[1], "--inject") {
			continue // these need a network or a gateway
		}
		seen++
		args := word.FindAllString(m[1], -1)
		for i := range args {
			args[i] = strings.Trim(args[i], `"`)
		}
		var stdout, stderr bytes.Buffer
		if code := execute(args, strings.NewReader(""), &stdout, &stderr); code != 0 {
			t.Errorf("%s ends with %d: %s", m[1], code, &stderr)
		}
		if got, want := took.ReplaceAllString(stdout.String(), "  "), took.ReplaceAllString(m[2], "  "); got != want {
			t.Errorf("callporter %s prints\n%s\nthe manual has\n%s", m[1], &stdout, m[2])
		}
	}
	if seen < 2 {
		t.Errorf("only %d examples", seen)
	}
}
