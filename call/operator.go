package call

import "strings"

// Operator names the network operator that was given the block of a German, Austrian or Swiss
// mobile number, "" for all others. The subscriber may have taken the number to another one.
func (n Number) Operator() string {
	if n.Kind != Mobile && n.Kind != Foreign {
		return ""
	}
	digits := strings.TrimPrefix(n.E164, "+")
	_, operator := lookup(mobileOperators, digits)
	return operator
}

// unlisted reports whether nobody is known to hold the block of a German mobile number. The
// blocks of 015 have two or three digits more, and new ones are given out; 016 and 017 are
// given out as a whole.
func unlisted(nsn string) bool {
	var buf [2 + germanLongest]byte
	held, _ := lookup(mobileOperators, string(append(append(buf[:0], "49"...), nsn...)))
	return held == 0
}
