package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// shells are those that have a completion script.
var shells = []cobra.Completion{"bash", "zsh", "fish", "powershell"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what makes a shell complete commands and flags",
		Long: `Print a script that makes a shell complete callporter's commands, flags and values
at the Tab key. SHELL is bash, zsh, fish or powershell. The examples show where it
goes, for yourself; packages put it into the system's place.

Exit codes: 0 printed, 2 wrong usage.`,
		Example: `  callporter completion bash > ~/.local/share/bash-completion/completions/callporter
  callporter completion zsh > "${fpath[1]}/_callporter"
  callporter completion fish > ~/.config/fish/completions/callporter.fish
  callporter completion powershell | Out-String | Invoke-Expression`,
		ValidArgsFunction: firstOf(shells...),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("%d shells given instead of one", len(args)), "give one of "+strings.Join(shells, ", "))
			}
			if slices.Contains(shells, args[0]) {
				return nil
			}
			return cli.Fail(cli.ExitUsage, fmt.Errorf("unknown shell %q", args[0]), "it is one of "+strings.Join(shells, ", "))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			default:
				return root.GenPowerShellCompletionWithDesc(out)
			}
		},
	}
}

// fixedValues are the flags with a fixed set of values.
var fixedValues = map[string][]cobra.Completion{
	"language": {"en", "de"}, "direction": {"incoming", "outgoing"}, "where": {"own", "barring", "phonebook"},
	"outcome": {"answered", "missed", "unanswered", "rejected", "blocked", "voicemail", "lost"},
	"method":  {"hangup", "busy", "decline", "unknown", "announce"},
	"verdict": {"allowed", "unknown", "suspicious", "spam"},
	"type":    {"home", "mobile", "work", "fax_home", "fax_work", "intern", "memo", "other"},
	"since":   {"today", "yesterday"}, "until": {"today", "yesterday"},
}

// firstOf completes the first argument of a command with these words.
func firstOf(words ...cobra.Completion) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeValues registers the completion of each flag and command, so that shells offer
// files only where a file is wanted.
func completeValues(cmd *cobra.Command) {
	// These functions fail only for flags that do not exist.
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name, _ := pflag.UnquoteUsage(f)
		switch values := fixedValues[f.Name]; {
		case values != nil:
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
		case f.Name == "config":
			_ = cmd.MarkFlagFilename(f.Name, "yaml", "yml", "json")
		case f.Name == "line": // nameLines has done it
		case name == "DIRECTORY":
			_ = cmd.MarkFlagDirname(f.Name)
		case name != "FILE" && f.NoOptDefVal == "":
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.NoFileCompletions)
		}
	})
	if cmd.ValidArgsFunction == nil && !strings.Contains(cmd.Use, "FILE") && !cmd.HasSubCommands() && cmd.Name() != "help" {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, c := range cmd.Commands() {
		completeValues(c)
	}
}
