package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
)

// TestConfirm: only a clear yes goes on.
func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "Yes\n": true, "ja": true, "J\n": true, "\n": false, "": false, "no\n": false, "yy\n": false} {
		var asked strings.Builder
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		cmd.SetIn(strings.NewReader(answer))
		cmd.SetErr(&asked)
		if err := Confirm(cmd, false, call.English, "Forget it?"); (err == nil) != want || asked.String() != "Forget it? [y/N] " {
			t.Errorf("%q: %v, asked %q", answer, err, asked.String())
		}
	}
	cmd := &cobra.Command{}
	cmd.SetIn(io.MultiReader())
	if err := Confirm(cmd, true, call.German, "?"); err != nil {
		t.Error(err)
	}
}
