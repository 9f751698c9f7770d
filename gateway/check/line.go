package check

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
)

// readLine compares country, area code and own numbers of the configuration with
// those of the box.
func (a *boxAccess) readLine(ctx context.Context, _ *call.Plan) (err error) {
	if a.line, err = a.client.Telephony(ctx); err != nil {
		return err
	}
	line := a.effectiveBox()
	if theirs := cmp.Or(poll.Countries[a.line.Country], "+"+a.line.Country); a.line.Country != "" && !a.sameCountry(line) {
		a.add("country_differs", "country", line.Country, "theirs", theirs)
	}
	if ours, theirs := strings.TrimLeft(a.box.AreaCode, "0"), strings.TrimLeft(a.line.Area, "0"); ours != "" && theirs != "" && ours != theirs {
		a.add("area_differs", "area", a.box.AreaCode, "theirs", a.line.Area)
	}
	plan, err := call.NewPlan(line.Country, line.AreaCode, line.Numbers)
	if err != nil || len(a.box.Numbers) == 0 || len(a.line.Numbers) == 0 {
		return nil // nothing to compare
	}
	var ours, theirs, unknown, unlisted []string
	for _, m := range plan.MSNs {
		ours = append(ours, m.Digits())
	}
	for _, n := range a.line.Numbers {
		_, msn := plan.Own(n.Number)
		theirs = append(theirs, msn)
		if !slices.Contains(ours, msn) {
			unlisted = append(unlisted, maskedWithName(plan.Number(n.Number), n.Name))
		}
	}
	for _, m := range plan.MSNs {
		if !slices.Contains(theirs, m.Digits()) {
			unknown = append(unknown, maskedWithName(m.Number, m.Name))
		}
	}
	if len(unknown) > 0 {
		a.add("numbers_unknown", "numbers", strings.Join(unknown, ", "))
	}
	if len(unlisted) > 0 {
		a.add("numbers_unlisted", "numbers", strings.Join(unlisted, ", "))
	}
	return nil
}

// maskedWithName is an own number, masked, with its name in brackets.
func maskedWithName(n call.Number, name string) string {
	if name == "" {
		return mask(n)
	}
	return mask(n) + " (" + config.Printable(name) + ")"
}

// effectiveBox is the configuration of the box, completed as the gateway does it with what
// the box tells about its line. If the box told nothing, it uses what a gateway last read.
func (a *boxAccess) effectiveBox() config.Box {
	line := a.line
	if line.Country == "" && line.Area == "" && len(line.Numbers) == 0 && a.box.Password != "" {
		if c, err := poll.ReadCopy(poll.CopyPath(a.config.Data, a.box.ID)); err == nil {
			line = c.Telephony
		}
	}
	return poll.WithLine(a.box, line)
}

// sameCountry reports whether the configured country can be the box's.
func (a *boxAccess) sameCountry(line config.Box) bool {
	for code, country := range poll.Countries {
		if country == line.Country {
			return code == a.line.Country
		}
	}
	return poll.Countries[a.line.Country] == "" // the calling codes of other countries are not known here
}

// readCallList checks whether the box keeps a call list.
func (a *boxAccess) readCallList(ctx context.Context, _ *call.Plan) error {
	_, err := a.client.Calls(ctx, tr064.CallsQuery{Max: 1})
	if tr064.ReasonOf(err) == tr064.CallListOff {
		a.add("call_list_off")
		return nil
	}
	return err
}

// readDiallingAid checks the dialling aid, and keeps the phone that it rings.
func (a *boxAccess) readDiallingAid(ctx context.Context, _ *call.Plan) (err error) {
	phone, err := a.client.DialPhone(ctx)
	if err != nil && tr064.ReasonOf(err) != tr064.DialOff {
		return err
	}
	a.dialPhone = config.Printable(phone)
	switch dials := a.config.Commands.Dial; {
	case dials && a.dialPhone == "":
		a.add("dial_off")
	case dials:
		a.add("dial_ok", "phone", a.dialPhone)
	}
	return nil
}
