package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/internal/testkit"
)

// TestCheckReports makes every set-up of check_setups_test.go and compares the whole
// report, in both languages, with its file in testdata/check.
func TestCheckReports(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Run("setups", func(t *testing.T) {
		for name, setup := range setups {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				report := "# " + setup.what + "\n"
				for _, l := range []call.Language{call.English, call.German} {
					text, found := reportOf(t, setup, l)
					report += text
					mu.Lock()
					for _, f := range found {
						seen[f.Code] = true
					}
					mu.Unlock()
				}
				compare(t, filepath.Join("testdata", "check", name+".txt"), report)
			})
		}
	})
	for _, name := range check.Checks {
		for _, code := range check.Codes(name) {
			if unseen := slices.Contains(codesWithoutSetup, code); seen[code] == unseen {
				t.Errorf("%s: seen in a set-up: %v, listed as without one: %v", code, seen[code], unseen)
			}
		}
	}
}

// codesWithoutSetup are the findings that no set-up makes: of an unusable configuration, of
// a stopped check, of a user who is not root, of a network that drops packets, and of calls
// about which a source was asked.
var codesWithoutSetup = []string{"config_unusable", "source_down", "monitor_open", "port_forbidden", "broker_unreachable"}

// A check ends with its context, and tells what it knows.
func TestCheckIsStopped(t *testing.T) {
	s := newCheckEnv(t)
	ctx, stop := context.WithCancel(t.Context())
	s.o.Wait, s.o.Listening = time.Hour, func(string) { stop() }
	found := check.Run(ctx, s.config, s.o)
	if !slices.ContainsFunc(found, func(f check.Finding) bool { return f.Code == "monitor_open" }) {
		t.Errorf("found %+v", found)
	}
	err := findingsPrinter{to: io.Discard}.report(ctx, found)
	if err == nil || err.Error() != "stopped before the end of the check" {
		t.Errorf("%v", err)
	}
}

// reportOf makes a set-up, checks it and returns what a terminal would show.
func reportOf(t *testing.T, setup setup, l call.Language) (string, []check.Finding) {
	t.Helper()
	s := newCheckEnv(t)
	s.config.Language = l
	setup.make(s)
	var out, errs bytes.Buffer
	flags := ""
	calls := new(sync.WaitGroup)
	if s.o.Wait > 0 {
		flags = " --wait 60s"
		s.replacements = append(s.replacements, s.o.Wait.String(), "60s")
		say := callPrompt(&errs, l, s.o.Wait)
		s.o.Listening = func(box string) {
			say(box)
			if s.calls != nil {
				calls.Go(s.calls)
			}
		}
	}
	if s.switchOn {
		flags += " --switch-on-monitor"
		s.o.SwitchOn = liftPrompt(&errs, l)
	}
	began := time.Now()
	found := check.Run(t.Context(), s.config, s.o)
	if took := time.Since(began); took > deadline/2 {
		t.Errorf("the check took %v", took)
	}
	calls.Wait()
	if box := s.box.State().TR064; box != nil && box.Writes > 0 && !s.switchOn {
		t.Errorf("the check writes to the box: %v", box.Written)
	}
	real := strings.NewReplacer(s.replacements...)
	for i := range found {
		f := &found[i]
		f.Message, f.Cause, f.Hint = real.Replace(f.Message), real.Replace(f.Cause), real.Replace(f.Hint)
	}
	p := findingsPrinter{to: &out, language: l, boxes: len(s.config.Boxes)}
	err := p.report(t.Context(), found)
	printError(&errs, orReported(err), l)
	code := cli.ExitOK
	var f *cli.Failure
	if errors.As(err, &f) {
		code = f.Code
	}
	if strings.Contains(out.String()+errs.String(), secret) {
		t.Errorf("the password is in the report:\n%s", out.String())
	}
	return fmt.Sprintf("\n$ callporter check%s    # language: %v\n%s%s# exit code %d\n", flags, l, real.Replace(errs.String()), out.String(), code), found
}

func orReported(err error) error {
	if err == nil {
		return errReported
	}
	return err
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if diff := cmp.Diff(string(testkit.Golden(t, file, []byte(got))), got); diff != "" {
		t.Errorf("the report is another one (-want +got); go test -run CheckReports -update writes it:\n%s", diff)
	}
}
