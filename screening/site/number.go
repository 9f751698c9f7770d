package site

import (
	"regexp"
	"strconv"
	"strings"
)

// maxCount bounds how many ratings are believed.
const maxCount = 1_000_000

var (
	// decimal is a number with a point or a German comma.
	decimal = regexp.MustCompile(`\d+(?:[.,]\d+)?`)
	// grouped is a whole number, its thousands set off by points, commas, blanks or marks.
	grouped = regexp.MustCompile(`\d{1,3}(?:[.,'’ ]\d{3})+|\d+`)
)

// errNoNumber does not quote the page: what it says may be the telephone number.
var errNoNumber = valueError{"there is no number", "es steht keine Zahl da"}

// measure reads the first number of a text: "1,9 von 5" is 1.9.
func measure(text string) (float64, error) {
	found := decimal.FindString(text)
	if found == "" {
		return 0, errNoNumber
	}
	return strconv.ParseFloat(strings.Replace(found, ",", ".", 1), 64)
}

// count reads the first whole number of a text: "1.234 Bewertungen" is 1234.
func count(text string) (int, error) {
	found := digits(grouped.FindString(text))
	if found == "" {
		return 0, errNoNumber
	}
	n, err := strconv.Atoi(found)
	if err != nil || n > maxCount {
		n = maxCount
	}
	return n, nil
}
