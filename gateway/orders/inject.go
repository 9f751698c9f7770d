package orders

import (
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// MaxInjected bounds how many calls get another caller by one order.
const MaxInjected = 100

// injectTime is how long calls may get another caller. A list that is not used up would else
// hide who calls next week.
const injectTime = time.Hour

// inject has the next calls take the numbers of a list in the place of their callers', for a
// test. A restart forgets it.
func (o *Orders) inject(cmd order.Command, r *order.Result) {
	type injected struct {
		Numbers int        `json:"numbers"`
		Until   *time.Time `json:"until"`
		Message string     `json:"message"`
	}
	if cmd.Argument == "none" {
		o.Inject(nil, time.Time{})
		r.Data = data(injected{Message: call.Text{"every call has its own caller again", "jeder Anruf hat wieder seinen eigenen Anrufer"}.In(o.language())})
		return
	}
	numbers := strings.Split(cmd.Argument, ";")
	if len(numbers) > MaxInjected {
		r.Refusal = refusal.BadArgument("numbers", strconv.Itoa(len(numbers)), call.Text{"at most %d", "höchstens %d"}.With(MaxInjected))
		return
	}
	for i := range numbers {
		numbers[i] = strings.TrimSpace(numbers[i])
	}
	until := o.Calls.Clock().Add(injectTime).In(o.zone()).Truncate(time.Second)
	o.Inject(numbers, until)
	text := call.Text{"the next call until %[2]s takes a number of the list in the place of its caller's", "der nächste Anruf bis %[2]s bekommt eine Nummer der Liste anstelle der seines Anrufers"}
	if len(numbers) > 1 {
		text = call.Text{"the next %d calls until %s take the numbers of the list in the place of their callers'", "die nächsten %d Anrufe bis %s bekommen die Nummern der Liste anstelle derer ihrer Anrufer"}
	}
	r.Data = data(injected{len(numbers), &until, text.With(len(numbers), until.Format("15:04")).In(o.language())})
}
