// Package reject is the subcommand reject: it ends the call that rings.
package reject

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// Send gives an order to the gateway that runs and prints what became of it.
type Send func(cmd *cobra.Command, path, box, order string, fields map[string]string, asJSON bool) error

// Command returns the subcommand reject.
func Command(send Send) *cobra.Command {
	var path, box, method string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reject [CALL]",
		Short: "Turn away the caller who rings now",
		Long: `Turn away the caller who rings now, by callporter's phone at the box, and print what happened on
the wire. CALL is the id of a call, as the state topic and callporter watch --json show it; without
one it is the call that began to ring last.

It needs the softphone (callporter softphone setup), and works as long as that rings along: as long
as the house does, unless hold is set to a time.

--method is hangup (answers and hangs up: the only way known to stop the whole house), announce
(answers and plays an announcement), busy, decline or unknown (what the box does then is known in
part only, see docs/softphone.md). Without it the method of the settings counts, and hangup for
machine.

With --json print the result; its data are {method, status, acknowledged, bye, silent,
milliseconds, message}: status is what callporter's phone has answered, silent whether the house
is.

Exit codes: 0 done, 1 refused (in English the error begins with the code) or no result came,
2 wrong usage, 3 unusable configuration, 4 no gateway is running on this data directory.`,
		Example: `  callporter reject
  callporter reject --method announce`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[1]), cli.UsageHint(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			fields := map[string]string{}
			if len(args) > 0 {
				fields["call"] = args[0]
			}
			if method != "" {
				fields["method"] = method
			}
			return send(cmd, path, box, "reject", fields, asJSON)
		},
	}
	cli.ConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&box, "box", "", "`ID` of the box (default the only one)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result for programs")
	cmd.Flags().StringVar(&method, "method", "", "`WORD`: hangup, busy, decline, unknown or announce (default that of the settings)")
	return cmd
}
