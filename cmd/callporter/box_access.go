package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// boxAccess is the part of an answer that tells whether the box can be read by TR-064.
type boxAccess struct {
	State, Reason, Text, Hint string    // Text is the reason in words
	Read                      time.Time // when the answer was read from the box
	Old                       bool      // the last attempt to read it again failed
}

// warn says on standard error that the box could not be read and how old the answer is.
// Standard output stays as programs expect it.
func (c *client) warn(a boxAccess) {
	if !a.Old {
		return
	}
	if a.Reason == "phonebook_unreadable" { // the rest is fresh
		fmt.Fprintln(c.err, cli.Printable(a.Hint))
		return
	}
	fmt.Fprintln(c.err, cli.Printable(fmt.Sprintf(c.language.Pick("the box could not be read (%s): this is what was read on %s, %s ago",
		"die Box war nicht zu lesen (%s): Das hier ist vom %s, gelesen vor %s"), c.language.Pick(cmp.Or(a.Reason, a.State), cmp.Or(a.Text, "sie antwortet nicht")), cli.Minute(a.Read), cli.Ago(time.Since(a.Read), c.language))))
	if a.Hint != "" {
		fmt.Fprintln(c.err, cli.HintWord(c.language), cli.Printable(a.Hint))
	}
}
