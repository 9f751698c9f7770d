package refusal

import (
	"errors"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/order"
)

// ByBox is the refusal for an error of the box. Errors that are no [tr064.Error] have
// [order.CodeFailed].
func ByBox(err error) *order.Refusal {
	code := order.CodeFailed
	switch tr064.ReasonOf(err) {
	case tr064.NotAvailable, tr064.DialOff, tr064.CannotUndo:
		code = order.CodeNotAvailable
	case tr064.NoSuchEntry, tr064.NoSuchBook:
		code = order.CodeNotFound
	case tr064.Changed:
		code = order.CodeChanged
	case tr064.BadArgument:
		code = order.CodeBadArgument
	case tr064.RightMissing, tr064.NoCredentials, tr064.BadCredentials, tr064.LockedOut, tr064.BadCertificate,
		tr064.SecondFactor, tr064.FactorBlocked, tr064.FactorBusy:
		code = order.CodeNotPermitted
	case tr064.Synced:
		code = order.CodeReadOnly
	case tr064.Full:
		code = order.CodeFull
	case tr064.Busy:
		code = order.CodeBusy
	}
	return &order.Refusal{Code: code, Message: BoxMessage(err), Hint: BoxHint(err)}
}

// BoxMessage is an error of the box in words.
func BoxMessage(err error) call.Text {
	var e *tr064.Error
	if !errors.As(err, &e) {
		return call.Text{"the box: %s", "die Box: %s"}.With(config.Reason(err))
	}
	return call.Text{"the box: " + e.Message(call.English), "die Box: " + e.Message(call.German)}
}

// BoxHint says what to do about an error of the box, "" if there is no hint.
func BoxHint(err error) call.Text {
	var e *tr064.Error
	if !errors.As(err, &e) {
		return call.Text{}
	}
	return call.Text{e.Hint(call.English), e.Hint(call.German)}
}

// NotKept is the refusal where an order has taken effect, as done says, but a restart will
// undo that: the data directory did not take it.
func NotKept(done call.Text, err error) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeFailed,
		Message: call.Text{"%s, but only until callporter stops, since it cannot be written down: %s", "%s, aber nur bis callporter endet, denn es lässt sich nicht aufschreiben: %s"}.With(done, config.Reason(err)),
		Hint: call.Text{"make room on the disk of the data directory and see that callporter may write there, then order it again",
			"auf der Platte des Datenverzeichnisses Platz schaffen und callporter dort schreiben lassen, dann noch einmal befehlen"},
	}
}

// JournalFailed is the refusal for an error of the journal.
func JournalFailed(err error) *order.Refusal {
	return &order.Refusal{
		Code:    order.CodeFailed,
		Message: call.Text{"the journal failed: %s", "das Journal versagt: %s"}.With(config.Reason(err)),
		Hint:    call.Text{"health.journal and the log say more", "health.journal und das Log sagen mehr"},
		Typed:   call.Text{"callporter check and the log of the gateway say more", "callporter check und das Log des Gateways sagen mehr"},
	}
}
