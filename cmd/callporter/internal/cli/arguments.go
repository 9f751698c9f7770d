package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// KnownCommand refuses a first word that is no command.
func KnownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := UsageHint(root)
	if file := configArgument(root, args[0]); file != "" {
		hint = file
	} else if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + root.CommandPath() + " " + near[0] + "?"
	}
	return Fail(ExitUsage, fmt.Errorf("unknown command %q", args[0]), hint)
}

// NoArguments is for commands that take flags only.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return Fail(ExitUsage, fmt.Errorf("unexpected argument %q", args[0]), usageHintFor(cmd, args[0]))
}

// UsageHint is the hint for wrong usage.
func UsageHint(cmd *cobra.Command) string { return cmd.CommandPath() + " --help shows what is allowed" }

// OneArgument is for commands that take exactly one.
func OneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || strings.TrimSpace(args[0]) == "":
			return Fail(ExitUsage, fmt.Errorf("%s is missing", what), UsageHint(cmd))
		case len(args) > 1:
			return Fail(ExitUsage, fmt.Errorf("unexpected argument %q", args[1]), cmp.Or(configArgument(cmd, args[1]), "put what has blanks into quotes"))
		}
		return nil
	}
}
