package main

import (
	"testing"

	"github.com/callporter/callporter/call"
)

// TestForgottenListInGerman: where the list of a write is forgotten, its name still has the
// right case.
func TestForgottenListInGerman(t *testing.T) {
	for action, want := range map[string]string{"list_added": "auf die eigene Liste", "list_removed": "von der eigenen Liste"} {
		var w write
		if w.Action = action; w.did(call.German) != want {
			t.Errorf("%s is %q, want %q", action, w.did(call.German), want)
		}
	}
}
