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
MACHINE/MESSAGE is what callporter voicemail list shows. callporter undo marks it as new again.`),
		newVoicemailOrder("delete", "Delete a message", "voicemail_delete",
			`Delete a message at the box, for good: nothing brings it back, so it asks before, unless --yes
is given. MACHINE/MESSAGE is what callporter voicemail list shows.`))
	return cmd
}

func newVoicemailList() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the messages, newest first",
		Long: `List the messages of all answering machines, newest first, in the time of the box;
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

// voiceMessage is a message, as answers have it.
type voiceMessage struct {
	Machine, Message, Seconds  int
	New                        bool
	Number, Display, Name, Own string
	Date                       time.Time
}

// id is the name of the message on the command line.
func (m voiceMessage) id() string { return fmt.Sprintf("%d/%d", m.Machine, m.Message) }

// caller is the number of who left the message.
func (m voiceMessage) caller(l call.Language) string {
	return cmp.Or(m.Display, m.Number, l.Pick("withheld", "unterdrückt"))
}

// askDelete asks whether to delete the message of an id.
func (f *clientFlags) askDelete(cmd *cobra.Command, id string) error {
	var language call.Language
	question := ""
	err := f.connect(cmd, true, func(c *client) error {
		language = c.language
		quiet := *c
		quiet.json = false
		_, err := eachEntry(&quiet, "voicemail", "messages", nil, func(m voiceMessage) error {
			if m.id() == id {
				question = fmt.Sprintf(language.Pick("Delete message %s (%s, %s) for good?", "Nachricht %s (%s, %s) endgültig löschen?"), id, cli.Minute(m.Date), m.caller(language))
			}
			return nil
		})
		return err
	})
	switch {
	case err != nil:
		return err
	case question == "":
		return cli.Fail(cli.ExitFailed, errors.New("voicemail_delete: not_found: there is no such message"), "callporter voicemail list shows those there are")
	}
	return cli.Confirm(cmd, false, language, question)
}

func printMessages(c *client) error {
	return printEntries(c, "voicemail", "messages", nil, [2]string{"no messages", "keine Nachrichten"}, func(t cli.Table, m voiceMessage) error {
		fresh := ""
		if m.New {
			fresh = c.language.Pick("new", "neu")
		}
		return t.Row(m.id(), cli.Minute(m.Date), m.caller(c.language), m.Name, m.Own, cli.Lasted(m.Seconds, c.language), fresh)
	})
}

func newVoicemailOrder(name, short, command, long string) *cobra.Command {
	var f clientFlags
	yes := name != "delete"
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
			if !yes { // what is not there is refused before anybody is asked
				if err := f.askDelete(cmd, args[0]); err != nil {
					return err
				}
			}
			return f.connect(cmd, true, func(c *client) error {
				return c.orderAndSay(command, map[string]string{"machine": machine, "message": message})
			})
		},
	}
	f.add(cmd)
	if !yes {
		cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	}
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
