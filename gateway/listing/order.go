package listing

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/order"
)

// command is the order for a request, without its number.
func (l *Listing) command(r request) order.Command {
	args := map[string]string{"name": r.name}
	if r.order == "phonebook_add" {
		args["phonebook"] = l.NewBook
		return order.Command{Box: l.Box, Name: r.order, Args: args}
	}
	if l.AutoBlock.Where != config.BlockAuto {
		args["where"] = l.AutoBlock.Where.String()
	}
	if l.AutoBlock.Book != "" {
		args["phonebook"] = l.AutoBlock.Book
	}
	if r.days > 0 {
		args["days"] = strconv.Itoa(r.days)
	}
	return order.Command{Box: l.Box, Name: "block", Args: args}
}

// give gives the order for one number of a request and waits for its result. It reports
// whether the order was carried out.
func (l *Listing) give(ctx context.Context, r request, n call.Number) bool {
	cmd := l.command(r)
	cmd.Args["number"] = n.E164
	if r.order == "phonebook_add" {
		cmd.Args["type"] = "home"
		if n.Kind == call.Mobile {
			cmd.Args["type"] = "mobile"
		}
	} else {
		cmd.Argument = n.E164
	}
	results := make(chan []byte, 1)
	l.Orders().Give(ctx, orders.Order{Command: cmd, Who: orders.ByItself, Reply: func(result []byte) { results <- result }})
	var result struct {
		OK    bool
		Error struct{ Code, Message string }
	}
	select {
	case text := <-results:
		if err := json.Unmarshal(text, &result); err != nil {
			return false
		}
	case <-ctx.Done():
		return false
	}
	if !result.OK {
		l.Log.Warn("a number could not be listed", "order", r.order, "number", n, "code", result.Error.Code)
		return false
	}
	l.Log.Info("a number is listed", "order", r.order, "number", n)
	return true
}
