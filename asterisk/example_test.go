package asterisk_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/asterisk"
	"github.com/callporter/callporter/asterisk/asterisktest"
	"github.com/callporter/callporter/call"
)

// TestExampleAndManual: each variable and script in the dial plan exists, and the manual names
// them all.
func TestExampleAndManual(t *testing.T) {
	t.Parallel()
	plan, err := os.ReadFile("../examples/asterisk/extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../docs/asterisk.md")
	if err != nil {
		t.Fatal(err)
	}
	c := asterisktest.Dial(t, serve(t, asterisk.Options{Screen: spam}), asterisktest.Environment("screen", "03023125123"))
	c.Run()
	for name := range c.Variables {
		if !strings.Contains(string(manual), "`"+name+"`") {
			t.Errorf("the manual lacks %s", name)
		}
	}
	set := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)(?:Set\(|^)([A-Z_]+)=`).FindAllStringSubmatch(string(plan), -1) {
		set[m[1]] = true
	}
	read := regexp.MustCompile(`\$\{((?:TLW|CALLPORTER)[A-Z_0-9]*)\}`).FindAllStringSubmatch(string(plan), -1)
	if len(read) < 8 {
		t.Errorf("the dial plan reads %v", read)
	}
	for _, m := range read {
		if _, ours := c.Variables[m[1]]; !ours && !set[m[1]] {
			t.Errorf("the dial plan reads %s, which nobody sets", m[1])
		}
	}
	scripts := []string{asterisk.ScriptScreen, asterisk.ScriptAnswer, asterisk.ScriptEnd}
	var used []string
	for _, m := range regexp.MustCompile(`AGI\(\$\{CALLPORTER\}/([a-z]+)`).FindAllStringSubmatch(string(plan), -1) {
		if used = append(used, m[1]); !slices.Contains(scripts, m[1]) {
			t.Errorf("there is no script %s", m[1])
		}
	}
	for _, s := range scripts {
		if !slices.Contains(used, s) || !strings.Contains(string(manual), "agi://127.0.0.1/"+s) {
			t.Errorf("the dial plan or the manual lacks the script %s", s)
		}
	}
	sounds := []string{}
	for _, m := range regexp.MustCompile(`\$\{CALLPORTER_SOUNDS\}/([a-z_]+)`).FindAllStringSubmatch(string(plan), -1) {
		sounds = append(sounds, m[1])
	}
	if !slices.Contains(sounds, "recorded") {
		t.Errorf("the dial plan plays %v, and tells nobody of the recording", sounds)
	}
	for _, kind := range call.CallerTypes {
		sounds = append(sounds, kind.String())
	}
	for _, name := range sounds {
		for _, language := range []string{"de", "en"} {
			if _, err := os.Stat("../fritz/sip/announcement/audio/" + language + "/" + name + ".wav"); err != nil {
				t.Errorf("the dial plan plays a sound that is missing: %v", err)
			}
		}
	}
	for _, m := range regexp.MustCompile(`Gosub\(([a-z-]+),|U\(([a-z-]+)\^`).FindAllStringSubmatch(string(plan), -1) {
		if context := "[" + m[1] + m[2] + "]"; !strings.Contains(string(plan), "\n"+context+"\n") {
			t.Errorf("there is no context %s", context)
		}
	}
}
