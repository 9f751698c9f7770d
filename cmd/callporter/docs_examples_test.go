package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/config"
)

// TestManualsCommandsExist: every callporter COMMAND --flag of the documents does.
func TestManualsCommandsExist(t *testing.T) {
	inline := regexp.MustCompile("`callporter ([^`]+)`")
	block := regexp.MustCompile(`(?m)^(?:    |\$ |\./|)callporter ([a-z][^\n|&#><\\]*)`)
	fences := regexp.MustCompile("(?ms)^```.*?^```")
	word := regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
	seen := 0
	for file := range documents(t) {
		if file == "CHANGELOG.md" { // it also speaks of what is gone
			continue
		}
		text := manual(t, file)
		found := inline.FindAllStringSubmatch(text, -1)
		for _, fence := range append(fences.FindAllString(text, -1), regexp.MustCompile(`(?m)^    callporter .*$`).FindAllString(text, -1)...) {
			found = append(found, block.FindAllStringSubmatch(fence, -1)...)
		}
		for _, m := range found {
			words := word.FindAllString(strings.ReplaceAll(m[1], "\n", " "), -1)
			if words[0] == "is" || strings.HasPrefix(words[0], "-") {
				continue // the log, and the program without a command
			}
			seen++
			about, rest, err := newRoot().Find(words)
			if err != nil || !about.HasParent() {
				t.Errorf("%s: there is no callporter %s", file, m[1])
				continue
			}
			for _, w := range rest {
				name, isFlag := strings.CutPrefix(w, "--")
				name, _, _ = strings.Cut(name, "=")
				if about.InitDefaultHelpFlag(); isFlag && about.Flags().Lookup(name) == nil && about.InheritedFlags().Lookup(name) == nil {
					t.Errorf("%s: callporter %s has no flag %s", file, about.Name(), w)
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d commands were found", seen)
	}
}

// TestManualsConfigurationsAreValid: what stands there as a configuration can be used, once
// passwords and hashes are filled in and certificates are there.
func TestManualsConfigurationsAreValid(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")
	seen := 0
	for file := range documents(t) {
		for _, m := range blocks.FindAllStringSubmatch(manual(t, file), -1) {
			seen++
			path := filepath.Join(t.TempDir(), "gateway.yaml")
			text := strings.ReplaceAll(m[1], "$2a$10$…", "$2a$10$sNsfI4SPJY2RYFjqklxATemWPBq9S3j6TZEaRZ1RTH7wlZeJoPdG2")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(path, nil); err != nil {
				t.Errorf("%s: %v\n%s", file, err, m[1])
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d configurations were found", seen)
	}
}
