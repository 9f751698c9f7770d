package gateway

import (
	"errors"
	"slices"
	"testing"
)

// TestOpenedClosesInReverse, all of it, and a task that ends by itself ends the rest.
func TestOpenedClosesInReverse(t *testing.T) {
	var order []string
	broken := errors.New("jammed")
	open := resources{fail: func(error) {}}
	for _, name := range []string{"broker", "client", "web"} {
		open.onClose(name, func() error {
			order = append(order, name)
			if name == "client" {
				return broken
			}
			return nil
		})
	}
	if err := open.close(); !errors.Is(err, broken) || err.Error() != "close client: jammed" {
		t.Error(err)
	}
	if !slices.Equal(order, []string{"web", "client", "broker"}) {
		t.Error(order)
	}
}
