package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// eachEntry asks for a list page by page, and calls do with each entry; with --json it
// prints the entry as the answer has it instead. field is the name of the list in the
// answer. Data of the box that are old get a warning.
func eachEntry[T any](c *client, question, field string, args map[string]string, do func(T) error) (count int, err error) {
	asked := map[string]string{}
	maps.Copy(asked, args)
	for {
		var answer json.RawMessage
		if err := c.ask(question, asked, &answer); err != nil {
			return count, err
		}
		var page struct {
			Access boxAccess
			Next   int
		}
		var fields map[string]json.RawMessage
		var entries []json.RawMessage
		if err := errors.Join(json.Unmarshal(answer, &page), json.Unmarshal(answer, &fields), json.Unmarshal(fields[field], &entries)); err != nil {
			return count, errOtherVersion
		}
		if count == 0 {
			c.warn(page.Access)
		}
		for _, raw := range entries {
			count++
			if c.json {
				if _, err := fmt.Fprintln(c.out, string(raw)); err != nil {
					return count, err
				}
				continue
			}
			var entry T
			if json.Unmarshal(raw, &entry) != nil {
				return count, errOtherVersion
			}
			if err := do(entry); err != nil {
				return count, err
			}
		}
		if page.Next == 0 {
			return count, nil
		}
		asked["from"] = strconv.Itoa(page.Next)
	}
}

// printEntries prints a list: the rows that row writes of each entry, or with --json the
// entries. none is said of an empty list.
func printEntries[T any](c *client, question, field string, args map[string]string, none [2]string, row func(cli.Table, T) error) error {
	t := cli.NewTable(c.out)
	count, err := eachEntry(c, question, field, args, func(entry T) error { return row(t, entry) })
	if err != nil {
		return err
	}
	if count == 0 {
		c.say(none[0], none[1])
	}
	return t.Flush()
}
