package orders

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// Reject has our phone turn away the caller of a call that rings; an empty id is the call that
// began to ring last. It returns when it is known what came of that, at the latest when ctx
// ends.
type Reject func(ctx context.Context, id call.ID, method config.RejectMethod) (Rejection, *order.Refusal)

// Rejection is what happened on the wire.
type Rejection struct {
	Call         call.ID
	Method       config.RejectMethod // a verdict may have been first with another one
	Status       int                 // the final SIP status that our phone has sent
	Acknowledged bool                // by the box
	Bye          int                 // the status by which the box has confirmed that we hung up; 0 = none
	ByeFromBox   bool                // the box has hung up before
	Talking      bool                // an announcement goes on
}

// silent reports whether the whole house has stopped ringing.
func (r *Rejection) silent() bool { return r.Status == 200 && (r.Acknowledged || r.Bye == 200) }

// orderMethods are the methods that end a call which rings now.
var orderMethods = slices.DeleteFunc(slices.Clone(document.RejectMethods), func(m string) bool { return m == config.RejectMachine.String() })

// reject prepares reject: our phone turns away a caller who rings.
func (o *Orders) reject(j *job, r *order.Result) work {
	method, refused := o.rejectMethod(j.Command)
	if r.Refusal = refused; refused != nil {
		return nil
	}
	id := call.ID(j.Command.Argument)
	if r.Call = o.ringing(string(id)); r.Call == "" {
		r.Refusal = o.notRinging(id)
		return nil
	}
	return func(ctx context.Context, r *order.Result) {
		ctx, cancel := context.WithTimeout(ctx, cmp.Or(j.Timeout, o.Timeout))
		defer cancel()
		begun := time.Now()
		done, refused := o.Reject(ctx, id, method)
		r.Call, r.Refusal = cmp.Or(done.Call, r.Call), refused
		if refused == nil || done.Status != 0 {
			r.Data = data(o.rejected(done, time.Since(begun), refused == nil))
		}
	}
}

// rejectMethod returns the method of an order: its own, else that of the settings. Who orders
// it wants the call to end, which the answering machine does not do.
func (o *Orders) rejectMethod(cmd order.Command) (m config.RejectMethod, refused *order.Refusal) {
	word := cmd.Args["method"]
	if word == "" {
		word = o.Settings.Of(o.Box).Method
		if word == config.RejectMachine.String() {
			return config.RejectHangup, nil
		}
	}
	if !slices.Contains(orderMethods, word) || m.UnmarshalText([]byte(word)) != nil {
		return m, noSuchMethod(word, orderMethods)
	}
	return m, nil
}

func noSuchMethod(given string, allowed []string) *order.Refusal {
	last := len(allowed) - 1
	words := strings.Join(allowed[:last], ", ")
	return refusal.BadArgument("method", given, call.Text{words + " or " + allowed[last], words + " oder " + allowed[last]})
}

// notRinging says why no call can be rejected.
func (o *Orders) notRinging(id call.ID) *order.Refusal {
	if id == "" {
		return refusal.NothingRings
	}
	for _, c := range o.Calls.Active() {
		if c.ID == id {
			return refusal.RingsNoMore
		}
	}
	return refusal.UnknownCall
}

// rejectedData are the data of the result of reject.
type rejectedData struct {
	Method       string `json:"method"`
	Status       int    `json:"status"`
	Acknowledged bool   `json:"acknowledged"`
	Bye          int    `json:"bye"`
	Silent       bool   `json:"silent"`
	Milliseconds int64  `json:"milliseconds"`
	Message      string `json:"message,omitempty"`
}

func (o *Orders) rejected(r Rejection, took time.Duration, well bool) rejectedData {
	d := rejectedData{r.Method.String(), r.Status, r.Acknowledged, r.Bye, r.silent(), took.Milliseconds(), ""}
	if well {
		d.Message = r.text().In(o.language())
	}
	return d
}

// text says what came of it for the house.
func (r *Rejection) text() call.Text {
	switch {
	case r.silent() && r.Talking:
		return call.Text{"the house is silent; the caller hears an announcement", "im Haus ist es still; der Anrufer hört eine Ansage"}
	case r.silent():
		return call.Text{"the house is silent; the caller was answered and hung up on", "im Haus ist es still; der Anruf ist angenommen und aufgelegt"}
	case !r.Acknowledged:
		return call.Text{"our phone has answered with %d, which the box has not confirmed; the others may go on ringing",
			"unser Telefon hat mit %d geantwortet, was die Box nicht bestätigt hat; die anderen klingeln vielleicht weiter"}.With(r.Status)
	}
	return call.Text{"only our phone has fallen silent (%d); the others may go on ringing",
		"nur unser Telefon ist still (%d); die anderen klingeln vielleicht weiter"}.With(r.Status)
}

// turnsAway reports whether callporter turns spam away, so that it does not ring in the house.
func (o *Orders) turnsAway() bool {
	s := o.Settings.Of(o.Box)
	return o.Reject != nil && o.Screen != nil && s.AutoReject && s.Method != config.RejectMachine.String()
}

// methodTexts say what each method does, with what is known of it.
var methodTexts = map[string]call.Text{
	"hangup": {"callporter answers and hangs up, which stops the whole house ringing",
		"callporter nimmt ab und legt auf, dann klingelt im ganzen Haus nichts mehr"},
	"busy": {"our phone is busy; the others go on ringing, and FRITZ!App Fon falls silent",
		"unser Telefon meldet besetzt; die anderen klingeln weiter, FRITZ!App Fon verstummt"},
	"decline": {"our phone declines; what the box does then is not known, so the others may go on ringing",
		"unser Telefon lehnt ab; was die Box dann tut, ist nicht bekannt, die anderen klingeln also vielleicht weiter"},
	"unknown": {"our phone says that the number does not exist; what the box does then is not known, so the others may go on ringing",
		"unser Telefon meldet, dass es die Nummer nicht gibt; was die Box dann tut, ist nicht bekannt, die anderen klingeln also vielleicht weiter"},
	"announce": {"callporter answers, plays an announcement and hangs up, which stops the whole house ringing",
		"callporter nimmt ab, spielt eine Ansage und legt auf, dann klingelt im ganzen Haus nichts mehr"},
	"machine": {"callporter leaves the call to the answering machine of the box; the phones ring until that takes it",
		"callporter überlässt den Anruf dem Anrufbeantworter der Box; bis der annimmt, klingeln die Telefone"},
}

// rejecting says what becomes of spam calls with auto_reject.
func (o *Orders) rejecting() call.Text {
	if o.Reject == nil {
		return call.Text{"spam calls are no longer announced; the phones still ring, since there is no softphone that could end a call (callporter softphone setup, and sip.enabled of the box)",
			"Spam-Anrufe werden nicht mehr angekündigt; die Telefone klingeln trotzdem, denn es gibt kein Softphone, das Anrufe beenden könnte (callporter softphone setup, und sip.enabled der Box)"}
	}
	return call.Text{"spam calls are turned away: %s", "Spam-Anrufe werden abgewiesen: %s"}.With(methodTexts[o.Settings.Of(o.Box).Method])
}
