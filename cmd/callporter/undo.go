package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newUndo() *cobra.Command {
	var f clientFlags
	var list bool
	var limit int
	cmd := &cobra.Command{
		Use:   "undo [ID]",
		Short: "Take back what an order wrote",
		Long: `Put the box and the own lists back to what they were before an order: the last one, or that
of an ID of the list. All that one order wrote is taken back together. Where the box was changed
by somebody else meanwhile, nothing is written and the result is the code changed. Calls that
were dialled and deleted voice messages do not come back. Where the last order cannot be undone,
the hint names an earlier one that can. What was blocked for some days and has stood for its time
does not come back either.

With --list show what was written, newest first, a row for each order: id, when, what, to what, by
which way; those marked with a star can be taken back. With --json print one write a line: {id,
box, at, action, target, who, why, before, after, order, undone_by, undo, forgotten, display};
without --list the result of the order: {request, command, ok, error, data, call}.

` + clientText + `

` + clientExits,
		Example: `  callporter undo --list
  callporter undo
  callporter undo 17`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[1]), cli.UsageHint(cmd))
			}
			if len(args) == 1 {
				if n, err := strconv.ParseInt(args[0], 10, 64); err != nil || n < 1 {
					return cli.Fail(cli.ExitUsage, fmt.Errorf("%q is no id", args[0]), "callporter undo --list shows the ids")
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case list && len(args) > 0:
				return cli.Fail(cli.ExitUsage, errors.New("--list and an id exclude each other"), "")
			case limit < 1 || limit > 10_000:
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--limit %d is not from 1 to 10000", limit), cli.UsageHint(cmd))
			case list:
				f.readOnly = true
				return f.connect(cmd, false, func(c *client) error { return printWrites(c, limit) })
			}
			return f.connect(cmd, true, func(c *client) error {
				var done struct {
					Undone  []int64
					Message string
				}
				err := c.order("undo", map[string]string{"id": strings.Join(args, "")}, &done)
				if len(done.Undone) > 0 { // with an error, only a part was undone
					ids := make([]string, len(done.Undone))
					for i, id := range done.Undone {
						ids[i] = strconv.FormatInt(id, 10)
					}
					c.say("taken back: %s (%s)", "zurückgenommen: %s (%s)", done.Message, strings.Join(ids, ", "))
				}
				return err
			})
		},
	}
	f.addFor(cmd, "the only one, with --list all")
	cmd.Flags().BoolVar(&list, "list", false, "show what was written")
	cmd.Flags().IntVar(&limit, "limit", 20, "with --list, at most so many `ORDERS`")
	return cmd
}
