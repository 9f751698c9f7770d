package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// eachEntry asks for a list page by page, and calls do with the JSON of each entry. field is
// the name of the list in the answer. Data of the box that are old get a warning.
func (c *client) eachEntry(question, field string, args map[string]string, do func(json.RawMessage) error) (count int, err error) {
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
		for _, entry := range entries {
			count++
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

// printEntries prints a list: with --json each entry as the answer has it, or else the rows
// that row writes of it. none is said of an empty list.
func printEntries[T any](c *client, question, field string, args map[string]string, none [2]string, row func(cli.Table, T) error) error {
	t := cli.NewTable(c.out)
	count, err := c.eachEntry(question, field, args, func(raw json.RawMessage) error {
		if c.json {
			_, err := fmt.Fprintln(c.out, string(raw))
			return err
		}
		var entry T
		if err := json.Unmarshal(raw, &entry); err != nil {
			return err
		}
		return row(t, entry)
	})
	if err != nil {
		return err
	}
	if count == 0 {
		c.say(none[0], none[1])
	}
	return t.Flush()
}
