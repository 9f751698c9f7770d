package orders_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/orders"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shown returns a number as results write it.
func shown(number string) string {
	return orders.Shown(new(call.Plan), number)
}
