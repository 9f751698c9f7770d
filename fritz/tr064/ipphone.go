package tr064

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// maxIPPhones is how many IP phones a box has room for, with the indexes 0 to 9.
const maxIPPhones = 10

// IPPhone is an IP phone that is set up in the box.
type IPPhone struct {
	Index    int    // 0 to 9; the indexes move when a phone is deleted
	Username string // with which it registers
	Name     string
	Internal string   // "620" to "629", dialled as **620
	Numbers  []string // own numbers it rings for; none = all
	Outside  bool     // it may register from the internet

	outgoing, incoming string // as the box writes them
}

// IPPhones lists the IP phones of the box.
//
// Source: AVM, "TR-064 – X_VoIP", X_AVM-DE_GetClient3.
func (c *Client) IPPhones(ctx context.Context) ([]IPPhone, error) {
	a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_GetNumberOfClients")
	if err != nil {
		return nil, err
	}
	count, err := countIn(a, "X_AVM-DE_NumberOfClients")
	if err != nil {
		return nil, soap.Wrap("X_AVM-DE_GetNumberOfClients", err)
	}
	var phones []IPPhone
	for i := 0; i < maxIPPhones && len(phones) < count; i++ {
		a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_GetClient3", "X_AVM-DE_ClientIndex", strconv.Itoa(i))
		if ReasonOf(err) == NoSuchEntry { // whether a deleted phone leaves a gap is not known
			continue
		}
		if err != nil {
			return nil, err
		}
		p := IPPhone{
			Index: i, Username: soap.Printable(a["X_AVM-DE_ClientUsername"]), Name: soap.Printable(a["X_AVM-DE_PhoneName"]),
			Internal: readInternal(a["X_AVM-DE_InternalNumber"]), Outside: a["X_AVM-DE_ExternalRegistration"] == "1",
			outgoing: a["X_AVM-DE_OutGoingNumber"], incoming: a["X_AVM-DE_InComingNumbers"],
		}
		numbers, err := readOwnNumbers(a["X_AVM-DE_InComingNumbers"])
		if err != nil {
			return nil, soap.Wrap("X_AVM-DE_GetClient3", err)
		}
		for _, n := range numbers {
			p.Numbers = append(p.Numbers, n.Number)
		}
		phones = append(phones, p)
	}
	return phones, nil
}

// FindIPPhone finds the IP phone with a user name; nil = the box has none.
func (c *Client) FindIPPhone(ctx context.Context, username string) (*IPPhone, error) {
	phones, err := c.IPPhones(ctx)
	if i := slices.IndexFunc(phones, func(p IPPhone) bool { return p.Username == username }); err == nil && i >= 0 {
		return &phones[i], nil
	}
	return nil, err
}

// SetIPPhone sets up an IP phone that rings for all numbers, or gives the one with this user
// name another password; its name and its numbers stay. The box takes letters and digits alone in user name and
// password, 4 to 64 and 8 to 64 of them. It returns the internal number. The box usually wants
// a second factor, see [Client.Confirmed]. After an error that is [ErrUncertain] the phone may
// be there, with this password or the one before: doing it again makes no second one.
//
// Source: AVM, "TR-064 – X_VoIP", X_AVM-DE_SetClient4; what other programs do at real boxes.
func (c *Client) SetIPPhone(ctx context.Context, username, password, name string) (internal string, err error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	phones, err := c.IPPhones(ctx)
	if err != nil {
		return "", err
	}
	p := IPPhone{Name: name}
	for slices.ContainsFunc(phones, func(other IPPhone) bool { return other.Index == p.Index }) {
		p.Index++
	}
	if i := slices.IndexFunc(phones, func(p IPPhone) bool { return p.Username == username }); i >= 0 {
		p = phones[i]
	}
	if p.Index >= maxIPPhones {
		return "", &Error{Reason: Full, Action: setIPPhoneAction, Text: "ten IP phones"}
	}
	ctx, end, err := finishContext(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	a, err := c.Call(ctx, soap.VoIP, setIPPhoneAction, "X_AVM-DE_ClientIndex", strconv.Itoa(p.Index), "X_AVM-DE_ClientPassword", password,
		"X_AVM-DE_ClientUsername", username, "X_AVM-DE_PhoneName", cmp.Or(p.Name, name),
		"X_AVM-DE_ClientId", "", "X_AVM-DE_OutGoingNumber", p.outgoing, "X_AVM-DE_InComingNumbers", p.incoming)
	if err != nil && outcomeUnknown(ctx, err) {
		return "", &Error{Reason: Uncertain, Action: setIPPhoneAction, Err: err}
	}
	return readInternal(a["X_AVM-DE_InternalNumber"]), err
}

// setIPPhoneAction is the action that sets up an IP phone.
const setIPPhoneAction = "X_AVM-DE_SetClient4"

// RemoveIPPhone deletes the IP phone with a user name. It is looked up again just before,
// since the indexes may have moved. It reports false if the box has no such phone. The box may
// want a second factor, see [Client.Confirmed].
func (c *Client) RemoveIPPhone(ctx context.Context, username string) (removed bool, err error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	p, err := c.FindIPPhone(ctx, username)
	if err != nil || p == nil {
		return false, err
	}
	ctx, end, err := finishContext(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	_, err = c.Call(ctx, soap.VoIP, removeIPPhoneAction, "X_AVM-DE_ClientIndex", strconv.Itoa(p.Index))
	if err != nil && !outcomeUnknown(ctx, err) {
		return false, err
	}
	var now *IPPhone
	seen := c.whenReachable(ctx, func() (err error) { now, err = c.FindIPPhone(ctx, username); return err })
	switch {
	case seen != nil:
		return false, &Error{Reason: Uncertain, Action: removeIPPhoneAction, Err: seen}
	case now == nil:
		return true, nil
	case err != nil: // the link broke, and nothing was removed
		return false, err
	}
	return false, &Error{Reason: NotKept, Action: removeIPPhoneAction, Text: "the phone is still there"}
}

// removeIPPhoneAction is the action that deletes an IP phone.
const removeIPPhoneAction = "X_AVM-DE_DeleteClient"

// readInternal reads the number of an IP phone inside the house; "" = it is none.
func readInternal(s string) string {
	s = strings.TrimLeft(s, "*")
	if n, err := strconv.Atoi(s); err != nil || n < 620 || n >= 620+maxIPPhones {
		return ""
	}
	return s
}
