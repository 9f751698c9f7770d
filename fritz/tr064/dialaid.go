package tr064

import (
	"context"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

const maxPhonePorts = 40

// DialPhones lists the phones that the dialling aid can ring, by its own names for them:
// "FON1: Telefon", "DECT: Mobilteil 1". IP phones are not among them.
func (c *Client) DialPhones(ctx context.Context) ([]string, error) {
	var names []string
	for i := 1; i <= maxPhonePorts; i++ {
		a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_GetPhonePort", "Index", strconv.Itoa(i))
		switch ReasonOf(err) {
		case NoSuchEntry, BadArgument, Failed: // past the last
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		name := a["X_AVM-DE_PhoneName"]
		if name == "" {
			return names, nil
		}
		names = append(names, name)
	}
	return names, nil
}

// DialPhone returns the phone that the dialling aid rings.
func (c *Client) DialPhone(ctx context.Context) (string, error) {
	a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_DialGetConfig")
	return a["X_AVM-DE_PhoneName"], err
}

// SetDialPhone makes the dialling aid ring another phone, one of [Client.DialPhones].
func (c *Client) SetDialPhone(ctx context.Context, phone string) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	return c.setDialPhone(ctx, phone)
}

func (c *Client) setDialPhone(ctx context.Context, phone string) (Change, error) {
	now, err := c.DialPhone(ctx)
	if err != nil || now == phone {
		return Change{}, err
	}
	change, err := c.write(ctx, Change{Kind: DialPhoneSet, Before: now, After: phone}, func(ctx context.Context) (bool, error) {
		is, err := c.DialPhone(ctx)
		return is == phone, err
	}, soap.VoIP, setDialPhoneAction, "X_AVM-DE_PhoneName", phone)
	return change, soap.Wrap(setDialPhoneAction, err)
}

// setDialPhoneAction is the action that chooses the phone.
const setDialPhoneAction = "X_AVM-DE_DialSetConfig"

// Dial makes the dialling aid call a number: a phone in the house rings, and whoever
// answers it is connected. With a phone, the dialling aid is first set to that phone, which
// is then the first change. A call is not repeated if the connection breaks.
func (c *Client) Dial(ctx context.Context, phone, number string) ([]Change, error) {
	digits := call.StripMarks(strings.TrimSpace(number))
	if rest := strings.TrimPrefix(digits, "+"); rest == "" || len(rest) > 32 || strings.Trim(rest, "0123456789*#") != "" {
		return nil, &Error{Reason: BadArgument, Action: "X_AVM-DE_DialNumber", Text: "no number to dial"}
	}
	if rest, plus := strings.CutPrefix(digits, "+"); plus {
		digits = "00" + rest
	}
	done, err := c.beginChange(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var changes []Change
	if phone != "" {
		change, err := c.setDialPhone(ctx, phone)
		if !change.None() {
			changes = append(changes, change)
		}
		if err != nil {
			return changes, err
		}
	}
	ctx, end, err := finishContext(ctx)
	if err != nil {
		return changes, err
	}
	defer end()
	_, err = c.Call(ctx, soap.VoIP, "X_AVM-DE_DialNumber", "X_AVM-DE_PhoneNumber", digits)
	if err != nil && !outcomeUnknown(ctx, err) {
		return changes, err
	}
	if err != nil {
		err = &Error{Reason: Uncertain, Action: "X_AVM-DE_DialNumber", Err: err}
	}
	return append(changes, Change{Kind: NumberDialled, After: digits}), err
}

// Hangup ends the call that the dialling aid is setting up. A call that has been answered
// goes on.
func (c *Client) Hangup(ctx context.Context) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	if _, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_DialHangup"); err != nil {
		return Change{}, err
	}
	return Change{Kind: DialHungUp}, nil
}
