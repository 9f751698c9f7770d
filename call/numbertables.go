package call

import (
	_ "embed"
	"strings"
)

//go:generate go run ./internal/numbertables

// The tables are sorted texts with one prefix a line and are searched in place:
// they take part in no start-up and lie in the read-only part of the binary.
// Comment lines begin with '#', which sorts before every digit. Their form is
// described in internal/numbertables.
var (
	//go:embed internal/numbertables/49.txt
	germanCodes string
	//go:embed internal/numbertables/43.txt
	austrianCodes string
	//go:embed internal/numbertables/41.txt
	swissCodes string
	//go:embed internal/numbertables/operators.txt
	mobileOperators string
	//go:embed internal/numbertables/countries.txt
	countryCodes string
)

// lookup finds the longest prefix of digits in a table. It returns the length of the prefix
// and the rest of its line, 0 and "" if there is none.
func lookup(table, digits string) (int, string) {
	for digits != "" {
		key, value := lastNotAfter(table, digits)
		n := commonPrefix(key, digits)
		if n == len(key) {
			return n, value
		}
		// A shorter prefix may stand further up, as 0212 stands before 02129.
		digits = digits[:n]
	}
	return 0, ""
}

// lastNotAfter returns the last line of the table whose key does not sort after
// digits, cut at its first blank.
func lastNotAfter(table, digits string) (key, value string) {
	low, high := 0, len(table) // both begin a line
	for low < high {
		start := low + strings.LastIndexByte(table[low:(low+high)/2], '\n') + 1
		end := start + strings.IndexByte(table[start:], '\n')
		k, v, _ := strings.Cut(table[start:end], " ")
		if k > digits {
			high = start
			continue
		}
		key, value, low = k, v, end+1
	}
	return key, value
}

// commonPrefix returns how many bytes at their beginning a and b have in common.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// country is one calling code of the world.
type country struct {
	code     string // "49"
	regions  string // ISO 3166-1 codes, the main one first; "" for no country
	trunk    string // before a national number at home: "0", ""
	min, max int    // digits of a national number
	zero     bool   // national numbers may begin with 0
}

// countryOf finds the calling code an international number begins with.
func countryOf(digits string) (country, bool) {
	n, line := lookup(countryCodes, digits)
	if n == 0 {
		return country{}, false
	}
	return readCountry(digits[:n], line), true
}

// countryByISO finds the calling code of an ISO 3166-1 code in capitals.
func countryByISO(iso string) (country, bool) {
	for line := range strings.Lines(countryCodes) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if code[0] == '#' {
			continue
		}
		c := readCountry(code, rest)
		for r := range strings.SplitSeq(c.regions, ",") {
			if r == iso && iso != "" {
				return c, true
			}
		}
	}
	return country{}, false
}

// main is the ISO code of the country, the largest one if several share the calling code.
func (c country) main() string {
	iso, _, _ := strings.Cut(c.regions, ",")
	return iso
}

// leadingZero reports whether a national number of so many digits may begin with 0. Where 0 is
// the trunk prefix it was kept by mistake. In some countries only shorter numbers begin with it
// than those that are usual.
func (c country) leadingZero(digits int) bool {
	switch c.code {
	case "39", "378", "379", "225", "241", "242":
		return true
	}
	return c.zero && c.trunk != "0" && digits >= c.min && digits <= c.max
}

// readCountry reads a line of the table of countries.
func readCountry(code, line string) country {
	c := country{code: code}
	c.regions, line = field(line)
	c.trunk, line = field(line)
	low, line := field(line)
	high, line := field(line)
	c.min, c.max = parseSmall(low), parseSmall(high)
	c.zero = line == "0"
	return c
}

// field cuts the first word off a line; "-" stands for an empty one.
func field(line string) (word, rest string) {
	word, rest, _ = strings.Cut(line, " ")
	if word == "-" {
		word = ""
	}
	return word, rest
}

// parseSmall reads a number of the table, which has at most two digits.
func parseSmall(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
