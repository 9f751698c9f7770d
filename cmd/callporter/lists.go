package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// lastCaller is the argument for the caller of the ringing call, or else the last caller.
const lastCaller = "last"

// notLast refuses that word for a command that does not take it.
func notLast(_ *cobra.Command, args []string) error {
	if len(args) > 0 && args[0] == lastCaller {
		return cli.Fail(cli.ExitUsage, errors.New(`only block, unblock and allow know "last"`), "give the number; callporter calls shows it")
	}
	return nil
}

// listCommand describes one of block, unblock, allow and disallow.
type listCommand struct {
	name, short, long, example string
	adds, where                bool
}

func newBlock() *cobra.Command {
	return listCommand{
		name: "block", short: "Block a number", adds: true, where: true,
		long: `Put a number onto callporter's own list of blocked callers and, unless the configuration
(commands.block) or --where says otherwise, onto the call barring list of the box, which then
turns its calls away. A number with * behind it blocks all that begin so. What the box refuses
stays on the own list, and the error says so.

NUMBER is a number in any spelling, or "last" for the call that rings or else the last caller.
The box's list shows --name, or else why it is there. What the order wrote is taken back by
callporter undo.`,
		example: `  callporter block last --days 30
  callporter block "030 23125123" --name Hotline --where own`,
	}.command()
}

func newUnblock() *cobra.Command {
	return listCommand{
		name: "unblock", short: "Take a number off the block lists", where: true,
		long: `Take a number off callporter's own list of blocked callers, off the call barring list of the box,
and out of the phonebook that block had put it into, wherever that was. With --where own nothing
at the box is touched; with barring or phonebook that list is looked at, and where block had put
the number. What was taken off is printed, what was not found, and what still blocks the number.
NUMBER is a number in any spelling, or "last" for the last caller. callporter undo puts it back.`,
		example: `  callporter unblock 03023125123
  callporter unblock last --where barring`,
	}.command()
}

func newAllow() *cobra.Command {
	return listCommand{
		name: "allow", short: "Always let a number through", adds: true,
		long: `Put a number onto callporter's own list of welcome callers, which beats everything else. If
it is blocked in the own list, it is taken off there, and so is what block had written to the box.
Where the call barring list of the box has it from somebody else, that stays, and is printed:
callporter unblock takes it off. NUMBER is a number in any spelling, or "last" for the call that
rings or else the last caller; with * behind it, all that begin so.`,
		example: `  callporter allow "030 23125123" --name Grandma
  callporter allow last`,
	}.command()
}

func newDisallow() *cobra.Command {
	return listCommand{
		name: "disallow", short: "Take a number off the list of welcome callers",
		long:    `Take a number off callporter's own list of welcome callers, onto which allow put it.`,
		example: `  callporter disallow "030 23125123"`,
	}.command()
}

func (l listCommand) command() *cobra.Command {
	var f clientFlags
	var name, where string
	var days int
	cmd := &cobra.Command{
		Use:   l.name + " NUMBER",
		Short: l.short,
		Long: l.long + `

` + resultText + `

` + clientText + `

` + clientExits,
		Example: l.example,
		Args:    cli.OneArgument("a number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			fields := map[string]string{"number": args[0], "name": name, "where": where}
			if args[0] == lastCaller {
				fields["number"] = ""
			}
			switch {
			case days < 0 || cmd.Flags().Changed("days") && days == 0:
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--days %d is below 1", days), cli.UsageHint(cmd))
			case days > 0:
				fields["days"] = strconv.Itoa(days)
			}
			switch where {
			case "", "own", "barring", "phonebook":
			default:
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--where %q is not own, barring or phonebook", where), cli.UsageHint(cmd))
			}
			return f.connect(cmd, true, func(c *client) error {
				return c.orderAndSay(l.name, fields)
			})
		},
	}
	f.add(cmd)
	if l.adds {
		cmd.Flags().StringVar(&name, "name", "", "`TEXT` to be seen in the lists")
	}
	if l.adds && l.where {
		cmd.Flags().IntVar(&days, "days", 0, "take the number off after so many `DAYS`")
	}
	if l.where {
		cmd.Flags().StringVar(&where, "where", "", "`WORD`: own (nothing at the box), barring (the box's list too) or phonebook (commands.phonebook too)")
	}
	return cmd
}

// listEntry is an entry of an own list, as answers have it.
type listEntry struct {
	List, Number, Name, Who, Why, Display string
	Added, Expires                        time.Time
}

// text describes an entry without its number.
func (e *listEntry) text(l call.Language) string {
	text := e.Added.Format(time.DateOnly)
	if strings.HasSuffix(e.Number, "*") {
		text += " " + e.Number
	}
	if e.Name != "" {
		text += " " + e.Name
	}
	if !e.Expires.IsZero() {
		text += l.Pick(", until ", ", bis ") + e.Expires.Format(time.DateOnly)
	}
	return text
}

func newLists() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "lists [allow|block]",
		Short: "Show callporter's own lists",
		Long: `Show the numbers that are always let through and those that are blocked, with name, when
they were added, by which way, and until when they hold. callporter phonebook list barring shows
what stands on the call barring list of the box.

With --json print one entry a line: {list, number, name, who, why, added, expires,
display}.

` + clientText + `

` + clientExits,
		Example: `  callporter lists
  callporter lists block --json | jq -r .number`,
		ValidArgsFunction: firstOf("allow", "block"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && args[0] != "allow" && args[0] != "block" {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[len(args)-1]), "the lists are allow and block")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.connect(cmd, false, func(c *client) error { return printLists(c, strings.Join(args, "")) })
		},
	}
	f.addFor(cmd, "all")
	f.readOnly = true
	return cmd
}

func printLists(c *client, list string) error {
	return printEntries(c, "lists", "entries", map[string]string{"list": list}, [2]string{"the lists are empty", "die Listen sind leer"}, func(t cli.Table, e listEntry) error {
		listed := c.language.Pick(map[string]string{"allow": "allowed", "block": "blocked"}[e.List], map[string]string{"allow": "erlaubt", "block": "gesperrt"}[e.List])
		until := ""
		if !e.Expires.IsZero() {
			until = c.language.Pick("until ", "bis ") + cli.Minute(e.Expires)
		}
		return t.Row(listed, cmp.Or(e.Display, e.Number), e.Name, e.Added.Format(time.DateOnly), word(whoWords, e.Who, c.language), until)
	})
}
