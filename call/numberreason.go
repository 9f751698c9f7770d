package call

// NumberReason says why a number has its class: what the number plan found, without regard to
// who calls.
type NumberReason uint8

// Reasons of the number plan. The zero value is a number that no plan has judged: a local one
// whose area is not known, one of a home country that is not known in detail, a literal.
const (
	ReasonUnknown               NumberReason = iota
	ReasonOK                                 // a number that may call
	ReasonLocalNumberCompleted               // the same, sent without the own area code
	ReasonUnlistedMobileBlock                // in the mobiles' range, but nobody is known to hold the block
	ReasonUnassignedAreaCode                 // no place has this area code
	ReasonUnassignedPrefix                   // reserved, closed, or never sent as a caller: 0154, 0190, 010xy
	ReasonSubscriberLeadingZero              // no subscriber's number begins with 0
	ReasonTooShort                           // not a whole number
	ReasonTooLong                            // more digits than the plan allows
	ReasonVeiledCellular                     // own area code, 49, and a whole mobile number behind it
	ReasonForbiddenCallerID                  // must never be shown, TKG § 120: 110, 112, 118xy, 0137, 0900
	ReasonShortCode                          // 115, 116xyz: no number that calls
	ReasonPager                              // receives, never calls
	ReasonTestNumber                         // announcement of the carrier, never calls
	ReasonPremium                            // premium rate of Austria or Switzerland
	ReasonUnknownCountryCode                 // a spare code of ITU-T E.164
	ReasonGlobalServiceCode                  // international networks and services: +882, +979
	ReasonForeignLeadingZero                 // a trunk 0 behind the country code cannot be dialled
	ReasonForeignTooShort                    // fewer than 7 digits with the country code
	ReasonForeignTooLong                     // more than the 15 digits of E.164
	ReasonForeignInvalidNumber               // not in the plan of its country
	ReasonBracketedPair                      // two numbers: the caller's own and the network's
	ReasonInternal                           // inside the house
	ReasonAnonymous                          // withheld
	ReasonNoNumber                           // text that is no number
)

var numberReasonNames = [...]string{
	"unknown", "ok", "local_number_completed", "unlisted_mobile_block", "unassigned_area_code", "unassigned_prefix",
	"subscriber_leading_zero", "too_short", "too_long", "veiled_cellular", "forbidden_caller_id", "short_code", "pager",
	"test_number", "premium", "unknown_country_code", "global_service_code", "foreign_leading_zero", "foreign_too_short",
	"foreign_too_long", "foreign_invalid_number", "bracketed_pair", "internal", "anonymous", "no_number",
}

// NumberReasons returns all reasons but ReasonUnknown.
func NumberReasons() []NumberReason {
	all := make([]NumberReason, 0, len(numberReasonNames)-1)
	for i := 1; i < len(numberReasonNames); i++ {
		all = append(all, NumberReason(i))
	}
	return all
}

// String returns a stable English code.
func (r NumberReason) String() string { return name(numberReasonNames[:], uint8(r)) }

// MarshalText returns the String.
func (r NumberReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// NumberClass is the sort of a caller in one word. Unlike a NumberKind it takes every number that
// cannot call for invalid, and knows pairs.
type NumberClass uint8

// Classes of callers.
const (
	ClassUnknown NumberClass = iota
	ClassFixed
	ClassMobile
	ClassService
	ClassPremium
	ClassShortCode
	ClassForeign
	ClassPair
	ClassInternal
	ClassAnonymous
	ClassInvalid
)

var numberClassNames = [...]string{
	"unknown", "fixed", "mobile", "service", "premium", "short_code", "foreign", "pair", "internal", "anonymous", "invalid",
}

// String returns a stable English code.
func (c NumberClass) String() string { return name(numberClassNames[:], uint8(c)) }

// MarshalText returns the String.
func (c NumberClass) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

var classOfKind = [...]NumberClass{
	NumberUnknown: ClassUnknown, Withheld: ClassAnonymous, Fixed: ClassFixed, Mobile: ClassMobile, Service: ClassService,
	Premium: ClassPremium, Short: ClassShortCode, Internal: ClassInternal, Foreign: ClassForeign, Invalid: ClassInvalid,
}

// Class returns the class of the number, by its reason and its kind.
func (n Number) Class() NumberClass {
	if n.Withheld() {
		return ClassAnonymous
	}
	if n.Reason.invalidates() || int(n.Kind) >= len(classOfKind) {
		return ClassInvalid
	}
	return classOfKind[n.Kind]
}

// invalidates reports whether a number with this reason is nobody's.
func (r NumberReason) invalidates() bool {
	switch r {
	case ReasonUnassignedAreaCode, ReasonUnassignedPrefix, ReasonSubscriberLeadingZero, ReasonTooShort, ReasonTooLong,
		ReasonVeiledCellular, ReasonUnknownCountryCode, ReasonForeignLeadingZero, ReasonForeignTooShort, ReasonForeignTooLong,
		ReasonForeignInvalidNumber, ReasonNoNumber:
		return true
	}
	return false
}

// Classify returns class and reason of a calling number in any form, a pair included. An
// unlisted mobile block is no reason against a class: the number counts as ok.
func (p *Plan) Classify(raw string) (NumberClass, NumberReason) {
	if user, network, ok := splitPair(raw); ok {
		if !meansWithheld(network) {
			return ClassPair, ReasonBracketedPair
		}
		raw = user
	}
	n := p.Number(raw)
	switch {
	case n.Withheld():
		return ClassAnonymous, ReasonAnonymous
	case n.Reason == ReasonUnlistedMobileBlock:
		return n.Class(), ReasonOK
	}
	return n.Class(), n.Reason
}
