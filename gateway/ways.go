package gateway

import (
	"errors"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// ways is how the way into a box fares, in an answer about something of it.
type ways struct {
	State  string    `json:"state"` // up, down, connecting
	Reason string    `json:"reason"`
	Hint   string    `json:"hint"`
	Read   time.Time `json:"read"` // when what the answer tells was read
	Old    bool      `json:"old"`  // it could not be read when it was wanted last
}

// ways says how a part of the box was read. One that never was is a refusal: nobody
// shall take it for empty.
func (a *access) ways(r *reading, p part, l call.Language) (ways, *order.Refusal) {
	one := r.pieces[p]
	w := ways{State: "up", Read: one.read, Old: one.fault != nil || r.down() || r.at.IsZero() && a.attended.Load()}
	switch {
	case r.at.IsZero():
		w.State = "connecting"
	case r.down():
		w.State = "down"
	}
	fault := one.fault
	if fault == nil {
		fault = r.problem
	}
	switch {
	case one.read.IsZero() && fault == nil:
		return w, refusal.FirstReading
	case one.read.IsZero():
		refused := refusal.ByBox(fault)
		refused.Message = call.Text{"nothing of it was read yet, %s", "davon ist noch nichts gelesen, %s"}.With(refusal.BoxMessage(fault))
		return w, refused
	case fault == nil:
		return w, nil
	}
	w.Reason = string(tr064.ReasonOf(fault))
	var e *tr064.Error
	if errors.As(fault, &e) {
		w.Hint = e.Hint(l)
	}
	return w, nil
}
