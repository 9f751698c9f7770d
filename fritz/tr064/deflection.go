package tr064

import (
	"context"
	"errors"
	"strconv"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// Deflection is a rule of the box that diverts or rejects calls. A client can switch it on
// and off, but not create it.
type Deflection struct {
	ID        int    `json:"id"` // its index; it changes when a rule before it is removed
	Enabled   bool   `json:"enabled"`
	Type      string `json:"type"`      // fromNumber, fromAnonymous, fromPB, toMSN, toAny …
	Number    string `json:"number"`    // of the caller, or the own number that is called
	To        string `json:"to"`        // where they go
	Mode      string `json:"mode"`      // eImmediately, eBusy, eBellBlockade …
	Outgoing  string `json:"outgoing"`  // the own number used for it
	Phonebook string `json:"phonebook"` // with fromPB
}

const maxDeflections = 64

// same reports whether two rules are the same one, switched on or off. It leaves out the
// fields in which the two actions that read a rule may differ.
func (d Deflection) same(o Deflection) bool {
	return d.ID == o.ID && d.Type == o.Type && d.Number == o.Number && d.To == o.To
}

// Deflections lists the rules: all at once or, where the box cannot do that, one by one.
// With an error some may be missing.
func (c *Client) Deflections(ctx context.Context) ([]Deflection, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetDeflections")
	if err == nil {
		var rules []Deflection
		if rules, err = readDeflections(a["DeflectionList"]); err == nil {
			return rules, nil
		}
		err = soap.Wrap("GetDeflections", err)
	}
	switch ReasonOf(err) {
	case NotAvailable, Failed, BadAnswer:
		return c.deflectionsOneByOne(ctx)
	}
	return nil, err
}

func readDeflections(list string) (rules []Deflection, err error) {
	err = eachItem(list, func(n *soap.Node) {
		id, err := strconv.Atoi(n.Value("DeflectionId"))
		if err != nil || id < 0 || len(rules) >= maxDeflections {
			return
		}
		rules = append(rules, Deflection{
			ID: id, Enabled: n.Value("Enable") == "1", Type: soap.Printable(n.Value("Type")), Number: soap.Printable(n.Value("Number")),
			To: soap.Printable(n.Value("DeflectionToNumber")), Mode: soap.Printable(n.Value("Mode")), Outgoing: soap.Printable(n.Value("Outgoing")),
			Phonebook: soap.Printable(n.Value("PhonebookID")),
		})
	})
	return rules, err
}

func (c *Client) deflectionsOneByOne(ctx context.Context) ([]Deflection, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetNumberOfDeflections")
	if err != nil {
		return nil, err
	}
	n, err := countIn(a, "NumberOfDeflections")
	if err != nil {
		return nil, soap.Wrap("GetNumberOfDeflections", err)
	}
	var rules []Deflection
	var read parts
	for id := range min(n, maxDeflections) {
		rule, err := c.deflection(ctx, id)
		if !read.failed(err) {
			rules = append(rules, rule)
		} else if read.hopeless(ctx) {
			break
		}
	}
	return rules, read.err
}

// deflection reads one rule again.
func (c *Client) deflection(ctx context.Context, id int) (Deflection, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetDeflection", "DeflectionId", strconv.Itoa(id))
	return Deflection{
		ID: id, Enabled: a["Enable"] == "1", Type: soap.Printable(a["Type"]), Number: soap.Printable(a["Number"]), To: soap.Printable(a["DeflectionToNumber"]),
		Mode: soap.Printable(a["Mode"]), Outgoing: soap.Printable(a["Outgoing"]), Phonebook: soap.Printable(a["PhonebookID"]),
	}, err
}

// SwitchDeflection switches a rule on or off. rule is the rule as it was listed. If another
// rule has its index now, nothing is written ([ErrChanged]).
func (c *Client) SwitchDeflection(ctx context.Context, rule Deflection, on bool) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	now, err := c.deflection(ctx, rule.ID)
	switch {
	case errors.Is(err, ErrNoSuchEntry) || err == nil && !now.same(rule):
		return Change{}, &Error{Reason: Changed, Action: "SetDeflectionEnable"}
	case err != nil || now.Enabled == on:
		return Change{}, err
	}
	want := now
	want.Enabled = on
	return c.write(ctx, Change{Kind: DeflectionSet, Before: toJSON(now), After: toJSON(want)}, func(ctx context.Context) (bool, error) {
		is, err := c.deflection(ctx, rule.ID)
		return is.Enabled == on && is.same(now), err
	}, soap.OnTel, "SetDeflectionEnable", "DeflectionId", strconv.Itoa(rule.ID), "Enable", boolDigit(on))
}
