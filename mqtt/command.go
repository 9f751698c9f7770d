package mqtt

import (
	"errors"

	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
)

// Messages that are no commands and get no result.
var (
	ErrNotCommand = errors.New("not a command topic")
	ErrRetained   = errors.New("a retained command is ignored")
)

// ParseCommand reads a message from a command topic. Beside [ErrNotCommand] and
// [ErrRetained] its errors are those of [order.Parse].
func ParseCommand(t topic.Topics, topic string, payload []byte, retained bool) (order.Command, error) {
	box, path, ok := t.SplitCommand(topic)
	if !ok {
		return order.Command{}, ErrNotCommand
	}
	if retained {
		return order.Command{}, ErrRetained
	}
	return order.Parse(box, path, payload)
}
