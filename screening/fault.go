package screening

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// fault is what speaks against a number with a reason of the number plan.
type fault struct {
	weight int
	text   call.Text
	named  call.Text // the same with the digits at fault; empty = they say nothing
}

// faults say how sure it is that no honest caller has such a number. What could be a short or
// unusual number after all stays below the threshold of spam.
var faults = [...]fault{
	call.ReasonForbiddenCallerID: {weight: 95, text: call.Text{
		"no caller may show an emergency, directory enquiry, mass traffic or premium number",
		"Notruf-, Auskunfts-, Massenverkehrs- und Premiumnummern darf kein Anrufer zeigen"}},
	call.ReasonUnknownCountryCode: {weight: 95, text: call.Text{"no country has such a code", "kein Land hat eine solche Vorwahl"},
		named: call.Text{"no country has the code %s", "kein Land hat die Vorwahl %s"}},
	call.ReasonVeiledCellular: {weight: 95, text: call.Text{
		"a mobile number is hidden behind the own area code", "hinter der eigenen Vorwahl ist eine Mobilnummer versteckt"},
		named: call.Text{"%s is hidden behind the own area code", "hinter der eigenen Vorwahl ist %s versteckt"}},
	call.ReasonUnassignedAreaCode: {weight: 90, text: call.Text{"no place has such an area code", "kein Ort hat eine solche Vorwahl"},
		named: call.Text{"the area code %s is not assigned", "die Vorwahl %s ist nicht vergeben"}},
	call.ReasonSubscriberLeadingZero: {weight: 90, text: call.Text{
		"behind the area code no number begins with 0", "hinter der Vorwahl beginnt keine Nummer mit 0"}},
	call.ReasonUnassignedPrefix: {weight: 85, text: call.Text{"nobody has a number that begins like this", "so beginnt keine vergebene Nummer"}},
	call.ReasonTooLong:          {weight: 80, text: call.Text{"the number is too long", "die Nummer ist zu lang"}},
	call.ReasonForeignTooLong:   {weight: 80, text: call.Text{"the number is too long", "die Nummer ist zu lang"}},
	call.ReasonForeignTooShort:  {weight: 70, text: call.Text{"the number is too short", "die Nummer ist zu kurz"}},
	call.ReasonPager:            {weight: 70, text: call.Text{"pagers do not call", "Funkrufempfänger rufen nicht an"}},
	call.ReasonTestNumber:       {weight: 70, text: call.Text{"test announcements do not call", "Prüfansagen rufen nicht an"}},
	call.ReasonShortCode:        {weight: 60, text: call.Text{"such short numbers do not call", "solche Kurznummern rufen nicht an"}},
	call.ReasonForeignLeadingZero: {weight: 60, text: call.Text{
		"behind the country code there is a 0 too many", "hinter der Landesvorwahl steht eine 0 zu viel"}},
	call.ReasonGlobalServiceCode: {weight: 60, text: call.Text{
		"a number of a worldwide service or satellite network", "eine Nummer eines weltweiten Dienstes oder Satellitennetzes"}},
	call.ReasonPremium:  {weight: 60, text: call.Text{"a premium-rate number", "eine teure Mehrwertnummer"}},
	call.ReasonTooShort: {weight: 50, text: call.Text{"the number is too short", "die Nummer ist zu kurz"}},
	call.ReasonForeignInvalidNumber: {weight: 50, text: call.Text{
		"its country has no such numbers", "solche Nummern gibt es in diesem Land nicht"}},
	call.ReasonUnlistedMobileBlock: {weight: 40, text: call.Text{
		"no network is known to hold this block of mobile numbers", "von diesem Block der Mobilnummern ist kein Netz bekannt"}},
	call.ReasonNoNumber: {},
}

var (
	outsidePlan = call.Text{
		"its country is not known to use such numbers", "in diesem Land sind solche Nummern nicht bekannt"}
	sharedCost = call.Text{"a service number with shared cost", "eine Servicenummer mit geteilten Kosten"}
	pair       = call.Text{
		"the caller shows another number than the network knows", "der Anrufer zeigt eine andere Nummer, als das Netz kennt"}
)

// weightOf is the weight of the fault in a number. One without any prefix may be an international
// number whose plus got lost on the way, so that too many digits are no proof. Nor is a 0 behind
// an Austrian area code: that no subscriber has one is known of Germany alone.
func (f *fault) weightOf(n call.Number) int {
	tooMany := n.Reason == call.ReasonTooLong || n.Reason == call.ReasonVeiledCellular
	if tooMany && n.Raw != "" && n.Raw[0] >= '1' && n.Raw[0] <= '9' {
		return 50
	}
	if n.Reason == call.ReasonSubscriberLeadingZero && n.Country != "DE" {
		return 50
	}
	return f.weight
}

// about is the text of the fault in a number.
func (f *fault) about(q *Query, n call.Number) call.Text {
	if f.named == (call.Text{}) {
		return f.text
	}
	digits := codeOf(n)
	if n.Reason == call.ReasonVeiledCellular {
		digits = q.Line.Plan.Veiled(n).National
	}
	if digits == "" {
		return f.text
	}
	return f.named.With(digits)
}

// codeOf is the part of a number where its area code or country code would stand, "" where that
// cannot be told.
func codeOf(n call.Number) string {
	length := 0
	switch n.Country {
	case "":
		if len(n.E164) > 4 {
			return n.E164[:4]
		}
	case "DE": // codes of five digits begin with 3 alone
		length = 4
		if strings.HasPrefix(n.E164, "+493") {
			length = 5
		}
	case "AT":
		length = 4
	case "CH":
		length = 2
	}
	if len(n.E164) < 3+length || length == 0 {
		return ""
	}
	return "0" + n.E164[3:3+length]
}
