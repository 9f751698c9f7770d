package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// knownCommand refuses a first word that is no command.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := usageHint(root)
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + root.CommandPath() + " " + near[0] + "?"
	}
	return fail(exitUsage, fmt.Errorf("unknown command %q", args[0]), hint)
}

// noArguments is for commands that take flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fail(exitUsage, fmt.Errorf("unexpected argument %q", args[0]), usageHint(cmd))
}

// usageHint is the hint for wrong usage.
func usageHint(cmd *cobra.Command) string { return cmd.CommandPath() + " --help shows what is allowed" }
