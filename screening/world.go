package screening

import (
	"strconv"

	"github.com/nyaruka/phonenumbers"

	"github.com/callporter/callporter/call"
)

// world is what libphonenumber knows of a number of any country. It takes many numbers that do
// not exist for valid. Some that do exist it takes for invalid: it lags behind their countries.
type world uint8

const (
	inPlan     world = iota // or in a country that the library does not know
	premium                 // premium rate
	outOfPlan               // of a possible length, but in no range that the library knows
	impossible              // of a length that the country does not have
)

// ofWorld asks the library. It builds the number from its digits, since the library's own parser
// takes ten times as long.
func ofWorld(n call.Number) world {
	code := n.CallingCode()
	if code == "" {
		return inPlan
	}
	nsn := n.E164[1+len(code):]
	number := &phonenumbers.PhoneNumber{}
	country, _ := strconv.ParseInt(code, 10, 32)
	digits, _ := strconv.ParseUint(nsn, 10, 64)
	number.CountryCode, number.NationalNumber = proto(int32(country)), proto(digits)
	if zeros := len(nsn) - len(strconv.FormatUint(digits, 10)); zeros > 0 {
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = proto(true), proto(int32(zeros))
	}
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.INVALID_COUNTRY_CODE: // +379 and +991
		return inPlan
	case phonenumbers.TOO_SHORT, phonenumbers.TOO_LONG, phonenumbers.INVALID_LENGTH,
		phonenumbers.IS_POSSIBLE_LOCAL_ONLY: // without the area code, which nobody is from abroad
		return impossible
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.UNKNOWN:
		return outOfPlan
	case phonenumbers.PREMIUM_RATE:
		return premium
	}
	return inPlan
}

func proto[T any](v T) *T { return &v }

// ownTables reports whether package call knows the plan of a number's country in detail.
func ownTables(n call.Number) bool {
	return n.Country == "DE" || n.Country == "AT" || n.Country == "CH"
}
