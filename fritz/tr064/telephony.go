package tr064

import (
	"cmp"
	"context"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// Telephony is what the box knows about its line, for a number plan.
type Telephony struct {
	Country string // calling code without zeros: "49"; "" if unknown
	Area    string // area code with its prefix: "030"; "" if there is none
	Numbers []OwnNumber
}

// OwnNumber is a number of the line.
type OwnNumber struct {
	Number string // as the box has it, mostly without area code
	Name   string
	Type   string // eVoIP, eISDN, ePOTS, eGSM …
}

const maxOwnNumbers = 64

// Entries returns the numbers in the form call.NewPlan takes: "23125732=Office".
func (t Telephony) Entries() []string {
	var entries []string
	for _, n := range t.Numbers {
		entry := n.Number
		if n.Name != "" {
			entry += "=" + n.Name
		}
		entries = append(entries, entry)
	}
	return entries
}

// Telephony reads country, area and own numbers. What the box does not know stays empty, and
// so does what cannot be read; then the error says why.
func (c *Client) Telephony(ctx context.Context) (t Telephony, err error) {
	var read parts
	t.Country, err = c.code(ctx, "GetVoIPCommonCountryCode", "X_AVM-DE_LKZ", "X_AVM-DE_LKZPrefix", "VoIPCountryCode")
	t.Country = strings.TrimLeft(t.Country, "0+")
	if read.failed(err) && read.hopeless(ctx) {
		return t, read.err
	}
	t.Area, err = c.code(ctx, "GetVoIPCommonAreaCode", "X_AVM-DE_OKZ", "X_AVM-DE_OKZPrefix", "VoIPAreaCode")
	if read.failed(err) && read.hopeless(ctx) {
		return t, read.err
	}
	a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_GetNumbers")
	if err == nil {
		t.Numbers, err = readOwnNumbers(a["NumberList"])
		err = soap.Wrap("X_AVM-DE_GetNumbers", err)
	}
	if ReasonOf(err) != NotAvailable {
		read.failed(err)
	}
	return t, read.err
}

// Or completes what was read with what was known before.
func (t Telephony) Or(before Telephony) Telephony {
	t.Country, t.Area = cmp.Or(t.Country, before.Country), cmp.Or(t.Area, before.Area)
	if len(t.Numbers) == 0 {
		t.Numbers = before.Numbers
	}
	return t
}

// code reads a country or area code. The present action returns code and prefix apart; old
// boxes have another action.
func (c *Client) code(ctx context.Context, action, code, prefix, old string) (string, error) {
	a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_"+action)
	if err == nil {
		if a[code] == "" {
			return "", nil
		}
		return onlyDigits(a[prefix] + a[code]), nil
	}
	if ReasonOf(err) != NotAvailable {
		return "", err
	}
	a, err = c.Call(ctx, soap.VoIP, action)
	if ReasonOf(err) == NotAvailable {
		return "", nil
	}
	return onlyDigits(a[old]), err
}

func onlyDigits(s string) string {
	if s = strings.TrimPrefix(call.StripMarks(s), "+"); len(s) > 12 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

func readOwnNumbers(list string) (numbers []OwnNumber, err error) {
	seen := map[string]bool{}
	err = eachItem(list, func(n *soap.Node) {
		o := OwnNumber{Number: soap.Printable(n.Value("Number")), Name: soap.Printable(n.Value("Name")), Type: soap.Printable(n.Value("Type"))}
		// eAllCalls and eNone are settings of a phone and no numbers.
		if o.Number == "" || o.Type == "eAllCalls" || o.Type == "eNone" || seen[o.Number] || len(numbers) >= maxOwnNumbers {
			return
		}
		seen[o.Number] = true
		numbers = append(numbers, o)
	})
	return numbers, err
}
