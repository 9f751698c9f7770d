package site

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// maxAddress bounds an address in bytes.
const maxAddress = 2048

// Address is an https address with places for a number:
//
//	{national}       03023125123, of another country 00442079460123
//	{e164}           %2B493023125123, that is +493023125123
//	{digits}         493023125123
//	{international}  00493023125123
type Address struct {
	template string
	country  string // in which {national} is dialled; "" = that of the line
}

var errAddress = errors.New("an address begins with https:// and a host")

var place = regexp.MustCompile(`\{[^{}]*\}`)

// ParseAddress checks an address.
func ParseAddress(template string) (Address, error) {
	if len(template) > maxAddress {
		return Address{}, fmt.Errorf("an address has at most %d bytes", maxAddress)
	}
	places := place.FindAllString(template, -1)
	unknown := slices.ContainsFunc(places, func(p string) bool { return p != "{national}" && spellings[p] == nil })
	if len(places) == 0 || unknown || strings.Count(template, "{") != len(places) {
		return Address{}, errors.New("the number stands in an address as {national}, {e164}, {digits} or {international}")
	}
	a := Address{template: template}
	u, err := url.Parse(a.fill(call.Number{E164: "+493023125123", National: "030 23125123"}))
	other, _ := url.Parse(a.fill(call.Number{E164: "+442079460123"}))
	// The number must not choose whom to ask.
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || other.Host != u.Host {
		return Address{}, errAddress
	}
	return a, nil
}

// fill puts a number into the address.
func (a Address) fill(n call.Number) string {
	return place.ReplaceAllStringFunc(a.template, func(p string) string {
		if p == "{national}" {
			return National(n, a.country)
		}
		if spell, known := spellings[p]; known {
			return spell(n)
		}
		return p
	})
}

var spellings = map[string]func(call.Number) string{
	"{e164}":          func(n call.Number) string { return "%2B" + digits(n.E164) },
	"{digits}":        func(n call.Number) string { return digits(n.E164) },
	"{international}": func(n call.Number) string { return "00" + digits(n.E164) },
}

// codes are the calling codes of countries whose sites spell numbers of their own with a 0.
var codes = map[string]string{"DE": "+49", "AT": "+43", "CH": "+41"}

// National spells a number as one dials it in a country, DE, AT or CH: 03023125123, abroad
// 00442079460123. Without a country it is that of the line.
func National(n call.Number, country string) string {
	code, known := codes[country]
	if subscriber, there := strings.CutPrefix(n.E164, code); known && there {
		return "0" + subscriber
	}
	if known || n.National == "" || strings.HasPrefix(n.National, "+") {
		return "00" + digits(n.E164)
	}
	return digits(n.National)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
