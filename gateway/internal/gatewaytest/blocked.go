package gatewaytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/journal"
)

// Own are the patterns of an own list, while the gateway runs or not.
func (h *House) Own(l journal.List) (all []string) {
	h.Helper()
	j := h.Journal()
	defer j.Close()
	for _, e := range j.Entries(l) {
		all = append(all, e.Pattern)
	}
	return all
}

// Barred are the numbers on the box's list of barred callers.
func (s *Site) Barred() (all []string) {
	s.House.Helper()
	for _, c := range s.Contacts("barring") {
		all = append(all, c[strings.LastIndex(c, ":")+1:])
	}
	return all
}

// WantAll fails unless got holds these, in any order.
func WantAll(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, not %q", what, got, want)
	}
}
