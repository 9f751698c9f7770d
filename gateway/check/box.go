package check

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// box probes the call monitor of one box, checks the access to it, and reads the calls that
// come meanwhile.
func (c *checker) box(ctx context.Context, b config.Box) []Finding {
	plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
	if err != nil {
		return []Finding{c.finding("config_unusable", "box", b.ID, "text", err.Error())}
	}
	p := &monitorProbe{checker: c, box: b, calls: newObservedCalls(plan)}
	monitor, err := callmonitor.New(callmonitor.Options{
		Host: b.Host, Port: b.MonitorPort, Box: b.ID, Location: b.Location(),
		Dial: c.Dial, Lookup: c.Lookup, Now: c.Now, DialTimeout: c.Timing.Dial,
	})
	if err != nil {
		return []Finding{c.finding("config_unusable", "box", b.ID, "text", err.Error())}
	}
	o := callmonitor.ProbeOptions{
		Dial: 2 * c.Timing.Dial, Listen: c.Timing.Listen, Line: p.calls.addLine,
		AskWeb: b.MonitorPort != callmonitor.DefaultPort, // do not bother a real call monitor
	}
	if c.Wait > 0 {
		o.Listen, o.Settle = c.Wait, c.Timing.Settle
		if c.Listening != nil {
			o.Connected = func() { c.Listening(b.ID) }
		}
	}
	var access *boxAccess
	var phone *phoneProbe
	var work sync.WaitGroup
	work.Go(func() { access = c.access(ctx, b, plan) })
	work.Go(func() { phone = c.softphone(ctx, b) })
	p.ProbeResult = monitor.Probe(ctx, o)
	p.describeBox(ctx)
	work.Wait()
	if !p.device.FRITZBox() && access.device.FRITZBox() { // its unencrypted port may be closed
		p.device = access.device
	}
	switched := p.switchOn(ctx, access, func() { p.ProbeResult = monitor.Probe(ctx, o) })
	found := append(p.findings(ctx), switched...)
	if p.Reason == callmonitor.Timeout || p.Reason == callmonitor.Unreachable { // do not say it twice
		access.findings = slices.DeleteFunc(access.findings, func(f Finding) bool {
			return f.Code == "access_timeout" || f.Code == "access_unreachable"
		})
	}
	if access.ipPhonesRead {
		phone.compare(access.ipPhones)
	}
	return append(append(append(found, access.findings...), phone.findings...), p.calls.findings(c, access.effectiveBox())...)
}

// describeBox asks the device that was probed what it is, but only one at home: a public
// address belongs to a stranger.
func (p *monitorProbe) describeBox(ctx context.Context) {
	at := p.Address.Addr()
	if !at.IsValid() && len(p.Addresses) > 0 {
		at = p.Addresses[0]
		for _, a := range p.Addresses {
			if a.Is4() {
				at = a
				break
			}
		}
	}
	if at.IsValid() && callmonitor.AtHome(at) {
		p.device = p.describe(ctx, at)
	}
}

// describe asks a device what it is. The result is empty if it does not say.
func (c *checker) describe(ctx context.Context, at netip.Addr) tr064.Description {
	ctx, cancel := context.WithTimeout(ctx, c.Timing.Dial)
	defer cancel()
	device, err := tr064.Describe(ctx, netip.AddrPortFrom(at, tr064.DefaultPort), c.Dial)
	if err != nil {
		return tr064.Description{} // not every box answers there
	}
	return device
}
