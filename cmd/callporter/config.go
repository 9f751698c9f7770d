package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
)

func newConfig() *cobra.Command {
	var path string
	var example, asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check the configuration, or print an example",
		Long: `Read the configuration as run would (file, then CALLPORTER_ variables), check it
and print it as it counts, with passwords hidden. Every mistake is named with file,
line, key, value and what is allowed, certificates and keys that cannot be read or do
not belong together among them. No port is opened and nothing is connected.

` + cli.ConfigOrder + `

With --example print a configuration with all keys, their defaults and what they
mean.

With --json print {"ok": …, "problems": [{file, line, variable, key, text}], "more": …}
instead of the configuration; more counts problems beyond the first 20.

Exit codes: 0 the configuration can be used, 2 wrong usage, 3 it cannot.`,
		Example: `  callporter config --example > gateway.yaml
  callporter config
  callporter config --json | jq -r '.problems[].text'`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if example && asJSON {
				return cli.Fail(cli.ExitUsage, errors.New("--example and --json do not go together"), cli.UsageHint(cmd))
			}
			if example {
				_, err := io.WriteString(cmd.OutOrStdout(), config.Example())
				return err
			}
			cfg, err := cli.LoadFiles(path)
			if asJSON {
				return cmp.Or(printProblems(cmd.OutOrStdout(), cli.ErrorIn(cli.LanguageOf(cmd), err)), err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), cfg)
			return err
		},
	}
	cli.ConfigFlag(cmd, &path)
	cmd.Flags().BoolVar(&example, "example", false, "print an annotated configuration")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print for programs what is wrong, if anything")
	return cmd
}
