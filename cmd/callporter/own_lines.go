package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// ownLines returns the own numbers with their names, "Practice 030 23125732": those of the
// running gateway, which may have them from the box, or else those of the configuration.
func ownLines(ctx context.Context, path string) (lines []string) {
	here, err := findGateway(ctx, path)
	if err != nil {
		return nil
	}
	if here.running {
		s, _ := askStatus(ctx, here.config.Data) // of another version: the configuration is enough
		for _, b := range s.Boxes {
			lines = append(lines, b.Lines...)
		}
	}
	if len(lines) == 0 {
		lines = configuredLines(here.config.Boxes)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func configuredLines(boxes []config.Box) (lines []string) {
	for _, b := range boxes {
		plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
		if err != nil {
			continue
		}
		for _, own := range plan.MSNs {
			lines = append(lines, own.Title())
		}
	}
	return lines
}

// nameLines has the help of a command name the own numbers that its flag --line takes, and
// the shell complete them.
func nameLines(cmd *cobra.Command, path *string) {
	const most = 10
	cmd.SetHelpFunc(func(about *cobra.Command, args []string) {
		if lines := ownLines(about.Context(), *path); len(lines) > 0 {
			if len(lines) > most {
				lines = append(lines[:most], "…")
			}
			about.Flags().Lookup("line").Usage += ": " + strings.Join(lines, ", ")
		}
		about.Root().HelpFunc()(about, args)
	})
	_ = cmd.RegisterFlagCompletionFunc("line", func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return ownLines(cmd.Context(), *path), cobra.ShellCompDirectiveNoFileComp
	})
}
