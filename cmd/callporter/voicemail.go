package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newVoicemail() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "voicemail",
		Short: "Show the messages on the answering machines of the box",
		Long: `List the voice messages, mark one as listened to, or delete one; without a word more, list
them, as callporter voicemail list does. A message is named as the list shows it,
MACHINE/MESSAGE, such as 0/3. Where another message is at its place by now, nothing is written and
the result is the code changed or not_found.

With --json print one message a line: {machine, message, new, number, display, name, own, date,
seconds}.

` + savedText + `
` + clientText + `

` + clientExits,
		Example: `  callporter voicemail list
  callporter voicemail read 0/3
  callporter voicemail delete 0/3`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.connect(cmd, true, printMessages) },
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return cli.Fail(cli.ExitUsage, fmt.Errorf("unknown command %q", args[0]), "it is one of list, read, delete")
		},
	}
	f.add(cmd)
	cmd.AddCommand(newVoicemailList(),
		newVoicemailOrder("read", "Mark a message as listened to", "voicemail_read",
			`Mark a message as listened to, so that the phones do not blink for it any more.
MACHINE/MESSAGE is what callporter voicemail list shows. callporter undo marks it as new again.`, [2]string{"message %s is marked as listened to", "Nachricht %s ist als gehört markiert"}),
		newVoicemailOrder("delete", "Delete a message", "voicemail_delete",
			`Delete a message at the box, for good: nothing brings it back. MACHINE/MESSAGE is what
callporter voicemail list shows.`, [2]string{"message %s is deleted", "Nachricht %s ist gelöscht"}))
	return cmd
}

func newVoicemailList() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the messages, newest first",
		Long: `List the messages of all answering machines, newest first, in the time of this computer;
those nobody has listened to are marked as new. The first column, MACHINE/MESSAGE, is what read and
delete take.

With --json print one message a line: {machine, message, new, number, display, name, own, date,
seconds}.

` + savedText + `
` + clientText + `

` + clientExits,
		Example: `  callporter voicemail list
  callporter voicemail list --json | jq 'select(.new)'`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.connect(cmd, true, printMessages)
		},
	}
	f.add(cmd)
	return cmd
}

func printMessages(c *client) error {
	type message struct {
		Machine, Message, Seconds  int
		New                        bool
		Number, Display, Name, Own string
		Date                       time.Time
	}
	return printEntries(c, "voicemail", "messages", nil, [2]string{"no messages", "keine Nachrichten"}, func(t cli.Table, m message) error {
		fresh := ""
		if m.New {
			fresh = c.language.Pick("new", "neu")
		}
		number := cmp.Or(m.Display, m.Number, c.language.Pick("withheld", "unterdrückt"))
		return t.Row(fmt.Sprintf("%d/%d", m.Machine, m.Message), cli.Minute(m.Date), number, m.Name, m.Own, cli.Lasted(m.Seconds, c.language), fresh)
	})
}

func newVoicemailOrder(name, short, command, long string, texts [2]string) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:     name + " MACHINE/MESSAGE",
		Short:   short,
		Long:    long + "\n\n" + resultText + "\n\n" + accessText + "\n" + clientText + "\n\n" + clientExits,
		Example: "  callporter voicemail " + name + " 0/3",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cli.OneArgument("a message")(cmd, args); err != nil {
				return err
			}
			_, _, err := messageOf(args[0])
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			machine, message, err := messageOf(args[0])
			if err != nil {
				return err
			}
			return f.connect(cmd, true, func(c *client) error {
				if err := c.order(command, map[string]string{"machine": machine, "message": message}, nil); err != nil {
					return err
				}
				c.say(texts[0], texts[1], args[0])
				return nil
			})
		},
	}
	f.add(cmd)
	return cmd
}

// messageOf splits the name of a message, MACHINE/MESSAGE.
func messageOf(text string) (machine, message string, err error) {
	machine, message, ok := strings.Cut(text, "/")
	for _, part := range []string{machine, message} {
		if n, err := strconv.Atoi(part); !ok || err != nil || n < 0 || n > 1_000_000 {
			return "", "", cli.Fail(cli.ExitUsage, fmt.Errorf("%q is no message", text), "write it as callporter voicemail list does, such as 0/3")
		}
	}
	return machine, message, nil
}
