package mqtt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// droppedError is a broker that takes what we publish and drops it.
type droppedError struct{ hint call.Text }

func (e *droppedError) Error() string               { return "the broker drops what is published" }
func (e *droppedError) Hint(l call.Language) string { return e.hint.In(l) }

// dropped tells what the broker drops and which rights would mend that.
func (c *Client) dropped(d drops) *droppedError {
	filters := c.o.Publishes
	hint := call.Text{
		"the broker takes what callporter publishes and drops it: give %s write rights on %s",
		"der Broker nimmt, was callporter veröffentlicht, und verwirft es: %s Schreibrechte auf %s geben",
	}
	switch {
	case !d.state:
		filters = slices.DeleteFunc(slices.Clone(filters), func(f string) bool { return topic.Covers(f, c.o.Availability) })
		hint = call.Text{
			"the broker drops what callporter tells Home Assistant: give %s write rights on %s, or set discovery.enabled: false",
			"der Broker verwirft, was callporter Home Assistant sagt: %s Schreibrechte auf %s geben, oder discovery.enabled: false setzen",
		}
	case !d.sure:
		hint = call.Text{
			"what callporter publishes does not come back from the broker: give %s read and write rights on %s",
			"was callporter veröffentlicht, kommt vom Broker nicht zurück: %s Lese- und Schreibrechte auf %s geben",
		}
	}
	who := call.Text{"clients without a user name", "Clients ohne Benutzernamen"}
	if c.o.Username != "" {
		who = call.Text{"the user " + c.o.Username, "dem Benutzer " + c.o.Username}
	}
	var on call.Text
	for l, and := range []string{" and ", " und "} {
		on[l] = cmp.Or(strings.Join(filters, and), c.o.Availability)
	}
	return &droppedError{hint.With(who, on)}
}

// forbiddenError are subscriptions that the broker refuses.
type forbiddenError struct {
	filters []string
	loss    call.Text // of the first
}

func (e *forbiddenError) Error() string {
	return fmt.Sprintf("the broker forbids to read %s", strings.Join(e.filters, ", "))
}

func (e *forbiddenError) Hint(l call.Language) string {
	h := fmt.Sprintf(l.Pick("allow this user to read %s", "diesem Benutzer erlauben, %s zu lesen"), strings.Join(e.filters, l.Pick(" and ", " und ")))
	if loss := e.loss.In(l); loss != "" {
		h += ": " + loss
	}
	return h
}

// forbids tells of refused filters, in the order of what we want to hear.
func (c *Client) forbids(filters []string) *forbiddenError {
	e := &forbiddenError{filters: filters}
	for _, f := range filters {
		if e.loss == (call.Text{}) {
			e.loss = c.loss(f)
		}
	}
	return e
}

// loss is what a refused filter means.
func (c *Client) loss(filter string) call.Text {
	for _, s := range c.o.Subscriptions {
		if s.Filter == filter {
			return s.Loss
		}
	}
	if filter == c.o.StatusTopic {
		return call.Text{"a restart of Home Assistant goes unnoticed", "ein Neustart von Home Assistant bleibt unbemerkt"}
	}
	return call.Text{}
}
