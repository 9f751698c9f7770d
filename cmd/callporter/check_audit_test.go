package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/journal"
)

// What a check has the box dial stands in the audit, whoever has the journal open.
func TestCheckAuditsWhatItDials(t *testing.T) {
	for name, prepare := range map[string]func(*checkEnv){
		"no journal yet":    func(*checkEnv) {},
		"a journal":         (*checkEnv).journal,
		"a gateway running": (*checkEnv).runGateway,
	} {
		t.Run(name, func(t *testing.T) {
			s := newCheckEnv(t)
			s.allowAccess()
			prepare(s)
			s.box.Refuse()
			s.o.SwitchOn = func(string, string) {}
			codes := map[string]bool{}
			for _, f := range check.Run(t.Context(), s.config, s.o) {
				codes[f.Code] = true
			}
			if !codes["monitor_switched_on"] {
				t.Fatalf("found %v", codes)
			}
			want := []string{"fritzbox number_dialled #96*5* check --switch-on-monitor"}
			if diff := cmp.Diff(want, s.writes()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Nobody lifts: that the phone was asked to stop ringing is a write too. A journal that
// cannot be opened keeps the check from nothing.
func TestCheckAuditsAHangup(t *testing.T) {
	s := newCheckEnv(t)
	s.allowAccess()
	delete(s.routes, monitor)
	s.o.SwitchOn = func(string, string) {}
	check := func() (codes []string) {
		for _, f := range check.Run(t.Context(), s.config, s.o) {
			if f.Check == "monitor" {
				codes = append(codes, f.Code)
			}
		}
		return codes
	}
	want := []string{"monitor_not_lifted"}
	if diff := cmp.Diff(want, check()); diff != "" {
		t.Error(diff)
	}
	audit := []string{"fritzbox number_dialled #96*5* check --switch-on-monitor", "fritzbox dial_hung_up  check --switch-on-monitor"}
	if diff := cmp.Diff(audit, s.writes()); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(s.journalPath()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.journalPath(), 0o700); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, check()); diff != "" {
		t.Error(diff)
	}
}

// writes are those of the audit, oldest first.
func (s *checkEnv) writes() (all []string) {
	s.Helper()
	j, err := journal.Open(s.Context(), journal.Options{Path: s.journalPath()})
	if err != nil {
		s.Fatal(err)
	}
	defer j.Close()
	writes, err := j.Writes(s.Context(), "", 0, 100)
	if err != nil {
		s.Fatal(err)
	}
	for _, w := range writes {
		all = append([]string{w.Box + " " + w.Action + " " + w.Target + " " + w.Who + " " + w.Why}, all...)
	}
	return all
}
