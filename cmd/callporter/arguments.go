package main

import (
	"fmt"
	"strings"

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

// oneArgument is for commands that take exactly one.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || strings.TrimSpace(args[0]) == "":
			return fail(exitUsage, fmt.Errorf("%s is missing", what), usageHint(cmd))
		case len(args) > 1:
			return fail(exitUsage, fmt.Errorf("unexpected argument %q", args[1]), "put what has blanks into quotes")
		}
		return nil
	}
}
