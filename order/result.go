package order

import (
	"encoding/json"

	"github.com/callporter/callporter/call"
)

// Result is the outcome of one command.
type Result struct {
	Request string          // repeated from the command
	Command string          // its name, with the item of names of two levels
	Refusal *Refusal        // nil = carried out
	Data    json.RawMessage // a JSON object; empty = {}
	Call    call.ID         // the call concerned, if any
}
