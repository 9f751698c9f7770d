package main

import (
	"cmp"
	"fmt"
	"time"
)

// boxAccess is how the way into the box fares, in an answer.
type boxAccess struct {
	State, Reason, Hint string
	Read                time.Time
	Old                 bool
}

// warn tells that what is shown is old, since the box could not be read again, and of
// when it is. It goes to standard error, so that programs read what they expect.
func (c *client) warn(a boxAccess) {
	if !a.Old {
		return
	}
	fmt.Fprintln(c.err, printable(fmt.Sprintf(c.language.Pick("the box could not be read (%s): this is what was read on %s, %s ago",
		"die Box war nicht zu lesen (%s): Das hier ist vom %s, gelesen vor %s"), cmp.Or(a.Reason, a.State), minute(a.Read), ago(time.Since(a.Read), c.language))))
	if a.Hint != "" {
		fmt.Fprintln(c.err, "hint:", printable(a.Hint))
	}
}
