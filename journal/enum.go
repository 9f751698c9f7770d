package journal

import (
	"fmt"

	"github.com/callporter/callporter/call"
)

// The file holds the words of the MQTT contract, not the numbers behind them, so
// that a new value in the middle of an enumeration changes no old call.
var (
	directions = words(call.Incoming, call.Outgoing)
	phases     = words(call.Ringing, call.Dialing, call.Talking, call.Voicemail, call.Ended)
	outcomes   = words(call.Outcomes...)
	judgements = words(call.Judgements...)
	actions    = words(call.WouldReject, call.ActionRejected, call.Announced, call.Listed)
	reasonsOf  = words(call.NumberReasons()...)
	kindsOf    = words(call.Withheld, call.Fixed, call.Mobile, call.Service, call.Premium,
		call.Short, call.Internal, call.Foreign, call.Invalid)
)

// words maps what values are called back to the values. A word of a newer
// callporter is the zero value.
func words[T fmt.Stringer](values ...T) map[string]T {
	m := make(map[string]T, len(values))
	for _, v := range values {
		m[v.String()] = v
	}
	return m
}

// word is what the file holds for a value; "" for the zero value.
func word[T interface {
	comparable
	fmt.Stringer
}](v T) string {
	var zero T
	if v == zero {
		return ""
	}
	return v.String()
}
