package check

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/ipphone"
)

// registerWait is how long a box may take to register our phone.
const registerWait = 5 * time.Second

// phoneProbe is what a check finds out about our phone at one box.
type phoneProbe struct {
	*checker
	box      config.Box
	username string // "" = there is no phone to look for at the box
	findings []Finding
}

// softphone tries our phone at a box. Where a gateway runs, it is asked instead: the phone is
// registered by it.
func (c *checker) softphone(ctx context.Context, b config.Box) *phoneProbe {
	p := &phoneProbe{checker: c, box: b}
	o, err := ipphone.Options(c.config.Data, b)
	o.Lookup = c.Lookup
	switch unset := errors.Is(err, ipphone.ErrNotSetUp); {
	case !b.SIP.Enabled && (unset || err != nil):
	case !b.SIP.Enabled:
		p.add("softphone_off")
	case unset:
		p.add("softphone_unset")
	case err != nil:
		p.add("softphone_unreadable", "error", config.Reason(err))
	default:
		p.username = o.Username
		p.contact(ctx, o)
		p.register(ctx, o)
	}
	return p
}

func (p *phoneProbe) add(code string, with ...string) {
	p.findings = append(p.findings, p.finding(code, append(with, "box", p.box.ID, "host", p.box.Host, "user", config.Printable(p.username),
		"listen", p.box.SIP.Listen, "data", p.config.Data)...))
}

// contact adds what makes the phone unreachable for the box.
func (p *phoneProbe) contact(ctx context.Context, o sip.Options) {
	at, err := p.Contact(ctx, o)
	if err != nil { // the registration says more
		return
	}
	_, port, _ := net.SplitHostPort(o.Listen)
	switch {
	case !at.Set && at.Container:
		p.add("softphone_container", "contact", at.Local.String())
	case at.Set && at.Host != at.Local.String() && (port == "" || port == "0"):
		p.add("softphone_listen", "contact", config.Printable(at.Host))
	}
}

// register adds whether the phone is registered.
func (p *phoneProbe) register(ctx context.Context, o sip.Options) {
	status, known := p.askPhone(ctx)
	if !known {
		ctx, cancel := context.WithTimeout(ctx, registerWait)
		defer cancel()
		var err error
		if status, err = p.Register(ctx, o); err != nil {
			p.add("softphone_port", "error", config.Reason(err))
			return
		}
	}
	if status.State == sip.Registered {
		p.add("softphone_ok")
		return
	}
	status.Reason = cmp.Or(status.Reason, sip.NoAnswer)
	p.add("softphone_down", "reason", status.Reason, "do", sentence(status.Hint(p.language())))
}

// askPhone asks the gateway that runs for its phone.
func (p *phoneProbe) askPhone(ctx context.Context) (s sip.Status, known bool) {
	if !p.gatewayRuns || !control.Supported {
		return s, false
	}
	line, err := control.Exchange(ctx, p.config.Data, control.Request{Query: "status"})
	var answer struct {
		Data struct {
			Boxes []struct {
				ID  string
				SIP struct{ State, Reason string }
			}
		}
	}
	if err != nil || json.Unmarshal(line, &answer) != nil {
		return s, false
	}
	for _, b := range answer.Data.Boxes {
		if b.ID == p.box.ID && b.SIP.State != "off" {
			s.State, s.Reason = sip.Down, config.Printable(b.SIP.Reason)
			if b.SIP.State == "up" {
				s.State = sip.Registered
			}
			return s, true
		}
	}
	return s, false
}

// compare adds that the box does not have the phone. That is why it is not registered, too.
func (p *phoneProbe) compare(phones []tr064.IPPhone) {
	if p.username == "" || slices.ContainsFunc(phones, func(phone tr064.IPPhone) bool { return phone.Username == p.username }) {
		return
	}
	p.findings = slices.DeleteFunc(p.findings, func(f Finding) bool { return f.Code == "softphone_down" })
	p.add("softphone_missing")
}

// readIPPhones reads the IP phones of the box, where callporter is to be one.
func (a *boxAccess) readIPPhones(ctx context.Context, _ *call.Plan) (err error) {
	if a.box.SIP.Enabled {
		a.ipPhones, err = a.client.IPPhones(ctx)
		a.ipPhonesRead = err == nil
	}
	return err
}

// tryPhone registers a phone, and takes the registration back at once.
func tryPhone(ctx context.Context, o sip.Options) (sip.Status, error) {
	t := ipphone.Try(ctx, o)
	defer t.Close()
	return t.Registered(ctx)
}
