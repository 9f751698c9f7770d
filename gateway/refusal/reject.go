package refusal

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/order"
)

// Refusals to turn a caller away.
var (
	NothingRings = &order.Refusal{
		Code:    order.CodeNoRingingCall,
		Message: call.Text{"no call rings", "kein Anruf klingelt"},
	}
	UnknownCall = &order.Refusal{
		Code:    order.CodeUnknownCall,
		Message: call.Text{"no call of that id goes on", "ein Anruf mit dieser ID läuft nicht"},
		Hint:    call.Text{"the state topic has the id of the call; PRESS takes the one that rings", "die ID des Anrufs steht im Topic state; PRESS nimmt den, der klingelt"},
		Typed:   call.Text{"without an id, the call that rings is rejected", "ohne ID wird der Anruf abgewiesen, der klingelt"},
	}
	RingsNoMore = &order.Refusal{
		Code:    order.CodeNotRejectable,
		Message: call.Text{"the call does not ring any more", "der Anruf klingelt nicht mehr"},
	}
	NotAtOurPhone = &order.Refusal{
		Code: order.CodeNotRejectable,
		Message: call.Text{"the call does not ring at callporter's phone, or does so no more",
			"der Anruf klingelt nicht an callporters Telefon oder dort nicht mehr"},
		Hint: call.Text{"after busy, decline and unknown it is out of the call; else have the IP phone ring for all numbers (Telephony > Telephony Devices), and leave hold at while_ringing",
			"nach busy, decline und unknown ist es aus dem Anruf heraus; sonst das IP-Telefon bei allen Nummern klingeln lassen (Telefonie > Telefoniegeräte) und hold auf while_ringing lassen"},
	}
	SoftphoneDown = &order.Refusal{
		Code:    order.CodeNotRejectable,
		Message: call.Text{"callporter's phone is not registered at the box", "callporters Telefon ist an der Box nicht angemeldet"},
		Hint:    call.Text{"callporter status says why", "callporter status nennt den Grund"},
	}
	TooLate = &order.Refusal{
		Code: order.CodeNotRejectable,
		Message: call.Text{"the call was answered or over before it could be turned away",
			"der Anruf war angenommen oder vorbei, bevor er abgewiesen werden konnte"},
	}
	NotAcknowledged = &order.Refusal{
		Code: order.CodeFailed,
		Message: call.Text{"callporter has answered and hung up, but the box has confirmed neither; the phones may go on ringing",
			"callporter hat angenommen und aufgelegt, die Box hat aber nichts bestätigt; die Telefone klingeln vielleicht weiter"},
	}
)
