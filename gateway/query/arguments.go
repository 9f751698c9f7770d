package query

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// arguments are the arguments of a question. Each must be read by name; finish reports
// those that were not.
type arguments struct {
	values  map[string]string
	used    []string
	refusal *order.Refusal // the first mistake
}

// text returns an argument, "" if it is not given.
func (a *arguments) text(name string) string {
	a.used = append(a.used, name)
	return a.values[name]
}

// invalid notes that an argument is wrong.
func (a *arguments) invalid(name string, allowed call.Text) {
	a.refuse(refusal.BadArgument(name, a.values[name], allowed))
}

// refuse notes a mistake, unless there was one before.
func (a *arguments) refuse(r *order.Refusal) { a.refusal = cmp.Or(a.refusal, r) }

// number returns a whole number from least to most, or fallback if it is not given.
func (a *arguments) number(name string, least, most, fallback int) int {
	text := a.text(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		a.invalid(name, call.Text{"a whole number from %d to %d", "eine ganze Zahl von %d bis %d"}.With(least, most))
		return fallback
	}
	return n
}

// time returns an RFC 3339 time, the zero time if it is not given.
func (a *arguments) time(name string) time.Time {
	text := a.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		a.invalid(name, call.Text{"a time such as 2026-11-21T18:00:00+01:00", "eine Zeit wie 2026-11-21T18:00:00+01:00"})
	}
	return t
}

// flag returns a truth value, false if it is not given.
func (a *arguments) flag(name string) bool {
	switch a.text(name) {
	case "true":
		return true
	case "", "false":
		return false
	}
	a.invalid(name, call.Text{"true or false", "true oder false"})
	return false
}

// finish returns the first mistake. An argument the question does not know is one, too.
func (a *arguments) finish() *order.Refusal {
	for name := range a.values {
		if !slices.Contains(a.used, name) {
			a.refuse(refusal.BadArgument("argument", name, call.Text{}))
		}
	}
	return a.refusal
}
