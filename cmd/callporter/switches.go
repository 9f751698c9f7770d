package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newDeflection() *cobra.Command {
	return switchCommand{
		name: "deflection", order: "deflection", field: "deflections", example: "1",
		short: "Show and switch the call diversions of the box",
		long: `List the call diversions of the box, or switch one on or off. The diversions themselves are
set up in the box. ID is the number the list shows; it is a position, so the rule is read again
before it is switched, and where another rule is there by now, the result is the code changed.`,
		empty: [2]string{"no diversions", "keine Rufumleitungen"},
	}.command()
}

func newAnsweringMachine() *cobra.Command {
	return switchCommand{
		name: "answering-machine", order: "answering_machine", field: "answering_machines", example: "0",
		short: "Show and switch the answering machines of the box",
		long: `List the answering machines of the box, or switch one on or off. ID is the number the list
shows; it is a position, so the machine is read again before it is switched, and where another one
is there by now, the result is the code changed. callporter voicemail shows their messages.`,
		empty: [2]string{"no answering machines", "keine Anrufbeantworter"},
	}.command()
}

// switchCommand describes deflection and answering-machine.
type switchCommand struct {
	name, order, field, short, long, example string
	empty                                    [2]string
}

func (s switchCommand) command() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   s.name + " [list|on ID|off ID]",
		Short: s.short,
		Long: s.long + `

With --json print one switch a line: {id, name, on, …}; or the result of the order:
{request, command, ok, error, data, call}.

` + savedText + `
` + clientText + `

` + clientExits,
		Example:           fmt.Sprintf("  callporter %[1]s\n  callporter %[1]s off %[2]s", s.name, s.example),
		ValidArgsFunction: firstOf("list", "on", "off"),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || len(args) == 1 && args[0] == "list":
				return nil
			case args[0] != "on" && args[0] != "off" && args[0] != "list":
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[0]), "it is one of list, on ID, off ID")
			case len(args) == 1:
				return cli.Fail(cli.ExitUsage, errors.New("an id is missing"), "callporter "+s.name+" list shows the ids")
			case len(args) > 2 || args[0] == "list":
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[len(args)-1]), cli.UsageHint(cmd))
			}
			if n, err := strconv.Atoi(args[1]); err != nil || n < 0 || n > 1000 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("%q is no id", args[1]), "callporter "+s.name+" list shows the ids")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.connect(cmd, true, func(c *client) error {
				if len(args) < 2 {
					return s.list(c)
				}
				return c.orderAndSay(s.order+"/"+args[1], map[string]string{"value": strings.ToUpper(args[0])})
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (s switchCommand) list(c *client) error {
	type item struct {
		ID   int
		Name string
		On   bool
	}
	return printEntries(c, "switches", s.field, map[string]string{"only": s.field}, s.empty, func(t cli.Table, i item) error {
		state := c.language.Pick("off", "aus")
		if i.On {
			state = c.language.Pick("on", "an")
		}
		return t.Row(strconv.Itoa(i.ID), state, i.Name)
	})
}
