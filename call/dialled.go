package call

import "strings"

// Dialled reads a number as somebody dialled it, or keeps it in a phonebook to dial it. It
// takes off what selects the carrier (010xy, 0100xy; 10xx in Austria; 107xx, 108xx in
// Switzerland), the line ("*121#") or whether the number is shown ("*31#", "#31#") and the
// scheme of an address ("tel:") at the front, and everything from a '#' or a pause (",,123")
// on at the end. Raw keeps all of it. A code with no number behind it is Internal. A SIP
// address has no E.164 form, and Raw is the address alone.
func (p *Plan) Dialled(raw string) Number {
	all, complete := clean(raw)
	s, whole := clean(withoutScheme(raw))
	if !whole {
		return invalid(all)
	}
	if strings.Contains(s, "@") {
		return p.Number(s)
	}
	number, ok := behindCodes(s)
	if !ok {
		return p.Number(s)
	}
	if end := strings.IndexAny(number, ",;pPwWxX"); end > 0 && strings.ContainsAny(number[:end], "0123456789") {
		number = number[:end]
	}
	number, _, _ = strings.Cut(number, "#")
	if n := p.nation().carrier(number); n > 0 {
		number = number[n:]
	} else if compact := StripMarks(number); len(compact) < len(number) {
		if n := p.nation().carrier(compact); n > 0 {
			number = compact[n:]
		}
	}
	n := p.Number(number)
	if n.E164 != "" && complete { // a short number is what is left of it
		n.Raw = all
	}
	return n
}

// behindCodes returns what follows the codes in front of a number, such as "*31#"; not ok if
// there is nothing but a code.
func behindCodes(s string) (number string, ok bool) {
	for s != "" && (s[0] == '*' || s[0] == '#') {
		code, behind, _ := strings.Cut(s[1:], "#")
		if behind = strings.TrimLeft(behind, "# "); behind == "" || strings.Trim(code, "0123456789*") != "" || code == "" {
			return "", false
		}
		s = behind
	}
	return s, s != ""
}

// withoutScheme takes the scheme off an address, and the parameters that follow it.
func withoutScheme(raw string) string {
	s := strings.Trim(strings.TrimSpace(raw), "<>")
	for _, scheme := range [...]string{"tel:", "sip:", "sips:", "callto:"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s, _, _ = strings.Cut(s[len(scheme):], ";")
			return strings.TrimLeft(s, "/ ")
		}
	}
	return raw
}

// StripMarks removes what people write between the digits of a number.
func StripMarks(number string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '/', '(', ')', '.', '\t', '\u00a0':
			return -1
		}
		return r
	}, number)
}
