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
	number := libraryNumber(n)
	if number == nil {
		return inPlan
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

// libraryNumber is a number as the library has them, nil for one without a country.
func libraryNumber(n call.Number) *phonenumbers.PhoneNumber {
	code := n.CallingCode()
	if code == "" {
		return nil
	}
	nsn := n.E164[1+len(code):]
	number := &phonenumbers.PhoneNumber{}
	country, _ := strconv.ParseInt(code, 10, 32)
	digits, _ := strconv.ParseUint(nsn, 10, 64)
	number.CountryCode, number.NationalNumber = proto(int32(country)), proto(digits)
	if zeros := len(nsn) - len(strconv.FormatUint(digits, 10)); zeros > 0 {
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = proto(true), proto(int32(zeros))
	}
	return number
}

// regionOf is the ISO 3166-1 alpha-2 code of the country of a number. Some countries share
// their calling code.
func regionOf(n call.Number) string {
	switch n.CallingCode() {
	case "1", "7", "39", "44", "47", "61", "64", "212", "262", "290", "358", "590", "599":
		if region := phonenumbers.GetRegionCodeForNumber(libraryNumber(n)); region != "" {
			return region
		}
	}
	return n.Country
}

func proto[T any](v T) *T { return &v }

// ownTables reports whether package call knows the plan of a number's country in detail.
func ownTables(n call.Number) bool {
	return n.Country == "DE" || n.Country == "AT" || n.Country == "CH"
}
