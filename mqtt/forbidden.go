package mqtt

import (
	"fmt"
	"strings"

	"github.com/callporter/callporter/call"
)

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

// forbids tells of refused filters, in the order of what we want to receive.
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
