package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

// TestOneArgument: an empty one, as of a variable of a script that is not set, is missing.
func TestOneArgument(t *testing.T) {
	one := OneArgument("a number")
	for _, args := range [][]string{nil, {""}, {" "}, {"030", "23125123"}} {
		if err := one(&cobra.Command{}, args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	if err := one(&cobra.Command{}, []string{"030 23125123"}); err != nil {
		t.Error(err)
	}
}
