package asterisk

import (
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
)

// Answer is what is said of a caller.
type Answer struct {
	Verdict call.Verdict
	Name    string      // who it is; "" = nobody knows
	Number  call.Number // that the verdict is about: the worse one of two
}

// Variable is a variable of a channel in Asterisk.
type Variable struct{ Name, Value string }

// Values of TLW_REQUEST.
const (
	requestOK     = "ok"
	requestFailed = "failed"
)

// requestName is the variable that says whether the others can be relied on.
const requestName = "TLW_REQUEST"

// variables are those of an answer, all but TLW_REQUEST. The names with TLW are those of the AGI
// script for tellows, so that dial plans made for that work.
func (a Answer) variables(r Request) []Variable {
	kind := a.Verdict.CallerType()
	return []Variable{
		{"TLW_SCORE", strconv.Itoa(Score(a.Verdict))},
		{"TLW_CALLERTYPE", tellowsTypes[kind]},
		{"TLW_LOCATION", a.Number.Place},
		{"TLW_COUNTRY", a.Number.Country},
		{"TLW_NUM_CHECKED", a.Number.Full()},
		{"TLW_NUMBERS_GIVEN", strings.TrimSuffix(r.Caller+","+r.Network, ",")},
		{"CALLPORTER_VERDICT", a.Verdict.Judgement.String()},
		{"CALLPORTER_SCORE100", strconv.Itoa(a.Verdict.Score)},
		{"CALLPORTER_CALLERTYPE", kind.String()},
		{"CALLPORTER_NAME", a.Name},
		{"CALLPORTER_REASON", a.Verdict.Reason},
	}
}

// tellowsTypes are the types of callers in the words of tellows, in German as the script has
// them.
var tellowsTypes = map[call.CallerType]string{
	call.CallerUnknown: "Unbekannt", call.CallerAdvertising: "Aggr. Werbung", call.CallerLottery: "Gewinnspiel", call.CallerSurvey: "Umfrage",
	call.CallerCostTrap: "Kostenfalle", call.CallerMarketer: "Telemarketer", call.CallerTerror: "Telefonterror",
}

// Score is a verdict on the scale of tellows, from 1, good, to 9, bad: 1 is a caller who is
// allowed, 5 one of whom nobody knows anything, 6 and 7 are suspicious and 8 and 9 spam.
func Score(v call.Verdict) int {
	switch {
	case v.Judgement == call.Allowed:
		return 1
	case v.Judgement == call.Spam && v.Score >= 90:
		return 9
	case v.Judgement == call.Spam:
		return 8
	case v.Judgement == call.Suspicious && v.Score >= 60:
		return 7
	case v.Judgement == call.Suspicious:
		return 6
	}
	return 5
}
