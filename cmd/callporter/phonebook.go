package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/query"
)

func newPhonebook() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "phonebook",
		Short: "Show and change the phonebooks of the box",
		Long: `List the phonebooks of the box, look into them, add and remove numbers; without a word more,
list the phonebooks, as callporter phonebook list does. What is shown is what was last read: at
the start, every six hours, after each change and on callporter command refresh.

With --json print one phonebook a line: {index, name, entries, role, synced, barring, reason,
text}; reason and text say why it cannot be read now.

` + savedText + `
` + clientText + `

` + clientExits,
		Example: `  callporter phonebook list
  callporter phonebook find Müller
  callporter phonebook add "Laboratory" "030 23125123" --phonebook Telefonbuch
  callporter phonebook remove "030 23125123" --phonebook Telefonbuch
  callporter phonebook export > contacts.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.connect(cmd, true, printPhonebooks) },
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return cli.Fail(cli.ExitUsage, fmt.Errorf("unknown command %q", args[0]), "it is one of list, find, add, remove, export")
		},
	}
	f.add(cmd)
	cmd.AddCommand(newPhonebookList(), newPhonebookFind(), newPhonebookAdd(), newPhonebookRemove(), newPhonebookExport())
	return cmd
}

func newPhonebookList() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "list [PHONEBOOK]",
		Short: "List the phonebooks, or the contacts of one",
		Long: `List the phonebooks of the box with index, name, entries and the role that the configuration
gives them (trusted, blocked or ignored); one of an online account is marked as online and cannot
be written, and one that cannot be read is shown with the reason. With PHONEBOOK, a name or an
index, list its contacts; barring is the call barring list.

With --json print one phonebook a line: {index, name, entries, role, synced, barring, reason,
text}, where reason and text say why it cannot be read now; or one contact a line: {phonebook,
phonebook_index, uid, name, vip, numbers}, each number being {number, e164, type, main, display}.

` + savedText + `
` + clientText + `

` + clientExits,
		Example: `  callporter phonebook list
  callporter phonebook list barring`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[1]), "put what has blanks into quotes")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.connect(cmd, true, func(c *client) error {
				if len(args) == 1 {
					return printContacts(c, map[string]string{"phonebook": args[0]})
				}
				return printPhonebooks(c)
			})
		},
	}
	f.add(cmd)
	return cmd
}

func printPhonebooks(c *client) error {
	type book struct {
		Index, Entries  int
		Name, Role      string
		Synced, Barring bool
		Text            string // why it cannot be read
	}
	none := [2]string{"no phonebook was read", "kein Telefonbuch wurde gelesen"}
	return printEntries(c, "phonebooks", "phonebooks", nil, none, func(t cli.Table, b book) error {
		var notes []string
		if b.Role != "" {
			notes = append(notes, word(roleWords, b.Role, c.language))
		}
		if b.Synced {
			notes = append(notes, "online")
		}
		if b.Text != "" {
			notes = append(notes, c.language.Pick("cannot be read now: ", "jetzt nicht lesbar: ")+b.Text)
		}
		note := strings.Join(notes, ", ")
		index := strconv.Itoa(b.Index)
		if b.Barring {
			index, note = "barring", c.language.Pick("call barring", "Rufsperren")
		}
		entries := cli.Counted(b.Entries, c.language.Pick("entry", "Eintrag"), c.language.Pick("entries", "Einträge"))
		if b.Text != "" && b.Entries == 0 {
			entries = "?"
		}
		return t.Row(index, b.Name, entries, note)
	})
}

// contact is a contact, as answers have it.
type contact struct {
	Book    string `json:"phonebook"`
	UID     int
	Name    string
	VIP     bool
	Numbers []struct {
		Number, E164, Type, Display string
		Main                        bool
	}
}

func printContacts(c *client, args map[string]string) error {
	return printEntries(c, "contacts", "contacts", args, [2]string{"no contact", "kein Kontakt"}, func(t cli.Table, one contact) error {
		name := one.Name
		for _, n := range one.Numbers {
			if err := t.Row(name, cmp.Or(n.Display, n.Number), word(numberTypeWords, n.Type, c.language), one.Book); err != nil {
				return err
			}
			name = ""
		}
		return nil
	})
}

func newPhonebookFind() *cobra.Command {
	var f clientFlags
	var book string
	cmd := &cobra.Command{
		Use:   "find TEXT",
		Short: "Find contacts by name or number",
		Long: `Find the contacts with TEXT in the name, in upper or lower case, or in a number, in any
spelling. --phonebook names one book, by name or index, or barring for the call barring list.

With --json print one contact a line: {phonebook, phonebook_index, uid, name, vip, numbers}, each
number being {number, e164, type, main, display}.

` + savedText + `
` + clientText + `

` + clientExits,
		Example: `  callporter phonebook find anna
  callporter phonebook find "030 23125123"`,
		Args: cli.OneArgument("a text"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(args[0]) == "" {
				return cli.Fail(cli.ExitUsage, errors.New("the text is empty"), "callporter phonebook list PHONEBOOK lists all contacts")
			}
			return f.connect(cmd, true, func(c *client) error {
				return printContacts(c, map[string]string{"phonebook": book, "find": args[0]})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&book, "phonebook", "", "`NAME` or index of the phonebook (default all)")
	return cmd
}

func newPhonebookAdd() *cobra.Command {
	var f clientFlags
	var book, kind string
	cmd := &cobra.Command{
		Use:   "add NAME NUMBER",
		Short: "Add a contact",
		Long: `Put a contact into a phonebook of the box: the one of --phonebook, or else of the key
commands.phonebook, or else the only one there is. Where the number is in the book already, in
whatever spelling, nothing is written. A phonebook of an online account cannot be written. A
phone of the house (**610) and a short number (116117) are numbers too. callporter undo takes it
back.

` + resultText + `

` + accessText + `
` + clientText + `

` + clientExits,
		Example: `  callporter phonebook add "Laboratory" "030 23125123"
  callporter phonebook add Praxis 03023125124 --type work --phonebook Telefonbuch`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) < 2:
				return cli.Fail(cli.ExitUsage, errors.New("a name and a number are needed"), cli.UsageHint(cmd))
			case len(args) > 2:
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[2]), "put what has blanks into quotes")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.connect(cmd, true, func(c *client) error {
				return c.orderAndSay("phonebook_add", map[string]string{"name": args[0], "number": args[1], "phonebook": book, "type": kind})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&book, "phonebook", "", "`NAME` or index of the phonebook (default commands.phonebook, or the only one)")
	cmd.Flags().StringVar(&kind, "type", "", "`WORD` for the kind of number: home, mobile, work, fax_home, fax_work, intern, memo, other (default home)")
	return cmd
}

func newPhonebookRemove() *cobra.Command {
	var f clientFlags
	var book string
	cmd := &cobra.Command{
		Use:   "remove NUMBER",
		Short: "Remove a number from a phonebook",
		Long: `Take a number out of a phonebook of the box, wherever it stands there and in whatever
spelling. A contact that has no other number goes with it. It is the phonebook of --phonebook, or
else of the key commands.phonebook, or else the only one there is. NUMBER may be whatever stands
there, such as **610 or a SIP address. callporter undo takes it back.

` + resultText + `

` + accessText + `
` + clientText + `

` + clientExits,
		Example: `  callporter phonebook remove "030 23125123" --phonebook Telefonbuch`,
		Args:    cli.OneArgument("a number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.connect(cmd, true, func(c *client) error {
				return c.orderAndSay("phonebook_remove", map[string]string{"number": args[0], "phonebook": book})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&book, "phonebook", "", "`NAME` or index of the phonebook (default commands.phonebook, or the only one)")
	return cmd
}

func newPhonebookExport() *cobra.Command {
	var f clientFlags
	var book string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print all contacts as CSV or JSON",
		Long: `Print the contacts of all phonebooks, or of one, as CSV with a line for each number:
phonebook, uid, name, vip, number, e164, type, main. A text that a spreadsheet would take for a
formula begins with an apostrophe.

With --json print one contact a line: {phonebook, phonebook_index, uid, name, vip, numbers}, each
number being {number, e164, type, main, display}.

` + savedText + `
` + clientText + `

` + clientExits,
		Example: `  callporter phonebook export > contacts.csv
  callporter phonebook export --phonebook Telefonbuch --json > contacts.jsonl`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.connect(cmd, true, func(c *client) error { return exportContacts(c, book) })
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&book, "phonebook", "", "`NAME` or index of the phonebook (default all)")
	return cmd
}

func exportContacts(c *client, book string) error {
	w := csv.NewWriter(c.out)
	if !c.json {
		if err := w.Write([]string{"phonebook", "uid", "name", "vip", "number", "e164", "type", "main"}); err != nil {
			return err
		}
	}
	count, err := eachEntry(c, "contacts", "contacts", map[string]string{"phonebook": book}, func(one contact) error {
		for _, n := range one.Numbers {
			row := []string{one.Book, strconv.Itoa(one.UID), one.Name, strconv.FormatBool(one.VIP), n.Number, n.E164, n.Type, strconv.FormatBool(n.Main)}
			for i := range row {
				row[i] = query.Cell(row[i])
			}
			if err := w.Write(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && count == 0 {
		return err // print no header: the file must not look like an empty phonebook
	}
	w.Flush()
	return errors.Join(err, w.Error())
}
