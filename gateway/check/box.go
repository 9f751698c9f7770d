package check

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// box knocks at the call monitor of one box, asks the box what it is, and reads
// what calls come meanwhile.
func (c *checker) box(ctx context.Context, b config.Box) []Finding {
	plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
	if err != nil {
		return []Finding{c.find("config_unusable", "box", b.ID, "text", err.Error())}
	}
	k := &knock{checker: c, box: b, heard: newHeard(plan)}
	monitor, err := callmonitor.New(callmonitor.Options{
		Host: b.Host, Port: b.MonitorPort, Box: b.ID, Location: b.Location(),
		Dial: c.Dial, Lookup: c.Lookup, Now: c.Now, DialTimeout: c.Timing.Dial,
	})
	if err != nil {
		return []Finding{c.find("config_unusable", "box", b.ID, "text", err.Error())}
	}
	o := callmonitor.ProbeOptions{
		Dial: 2 * c.Timing.Dial, Listen: c.Timing.Listen, Line: k.heard.take,
		AskWeb: b.MonitorPort != callmonitor.DefaultPort, // a real one is left in peace
	}
	if c.Wait > 0 {
		o.Listen, o.Settle = c.Wait, c.Timing.Settle
		if c.Listening != nil {
			o.Connected = func() { c.Listening(b.ID) }
		}
	}
	var in *entry
	var work sync.WaitGroup
	work.Go(func() { in = c.enter(ctx, b, plan) })
	k.ProbeResult = monitor.Probe(ctx, o)
	k.describe(ctx)
	work.Wait()
	if !k.who.FRITZBox() && in.device.FRITZBox() { // its unencrypted port may be closed
		k.who = in.device
	}
	dialled := k.switchOn(ctx, in, func() { k.ProbeResult = monitor.Probe(ctx, o) })
	found := append(k.findings(ctx), dialled...)
	if k.Reason == callmonitor.Timeout || k.Reason == callmonitor.Unreachable { // which says it all
		in.findings = slices.DeleteFunc(in.findings, func(f Finding) bool {
			return f.Code == "access_timeout" || f.Code == "access_unreachable"
		})
	}
	return append(append(found, in.findings...), k.heard.findings(c, in.effective())...)
}

// knock is what one box is known by.
type knock struct {
	*checker
	callmonitor.ProbeResult
	box   config.Box
	heard *heard
	who   tr064.Description // empty where nobody said so
}

// describe asks the device where the knock ended what it is; never a stranger's on
// the internet.
func (k *knock) describe(ctx context.Context) {
	at := k.Address.Addr()
	if !at.IsValid() && len(k.Addresses) > 0 {
		at = k.Addresses[0]
		for _, a := range k.Addresses {
			if a.Is4() {
				at = a
				break
			}
		}
	}
	if at.IsValid() && callmonitor.AtHome(at) {
		k.who = k.ask(ctx, at)
	}
}

func (c *checker) ask(ctx context.Context, at netip.Addr) tr064.Description {
	ctx, cancel := context.WithTimeout(ctx, c.Timing.Dial)
	defer cancel()
	who, err := tr064.Describe(ctx, netip.AddrPortFrom(at, tr064.DefaultPort), c.Dial)
	if err != nil {
		return tr064.Description{} // not every box answers there
	}
	return who
}

// tell makes a finding about this box.
func (k *knock) tell(code string, with ...string) Finding {
	port := strconv.Itoa(k.box.MonitorPort)
	at := k.box.Host
	if k.Address.IsValid() {
		at = k.Address.Addr().String()
	} else if len(k.Addresses) > 0 {
		at = k.Addresses[0].String()
	}
	return k.find(code, append(with,
		"box", k.box.ID, "host", k.box.Host, "address", at, "port", port, "at", net.JoinHostPort(at, port),
		"model", k.who.Model, "version", k.who.Version)...)
}

func (k *knock) findings(ctx context.Context) []Finding {
	var found []Finding
	if _, err := netip.ParseAddr(k.box.Host); err != nil && len(k.Addresses) > 0 && k.Reason != callmonitor.PublicAddress {
		found = append(found, k.tell("name_ok"))
	}
	for _, a := range k.Addresses {
		if k.Reason != callmonitor.PublicAddress && !callmonitor.AtHome(a) {
			found = append(found, k.tell("public_host"))
			break
		}
	}
	switch {
	case k.who.FRITZBox() && k.who.Version != "":
		found = append(found, k.tell("box_ok"))
	case k.who.Model != "" && !k.who.FRITZBox():
		found = append(found, k.tell("box_other"))
	}
	return append(found, k.monitor(ctx))
}

// monitor is the one finding about the call monitor.
func (k *knock) monitor(ctx context.Context) Finding {
	switch k.Reason {
	case callmonitor.NoReason:
		return k.listened(ctx)
	case callmonitor.NameUnresolved:
		return k.tell("name_unresolved", "instead", k.instead(ctx))
	case callmonitor.PublicAddress:
		return k.tell("public_address", "instead", k.instead(ctx))
	case callmonitor.Refused, callmonitor.CallMonitorOff:
		if k.who.FRITZBox() {
			return k.tell("monitor_off")
		}
		return k.tell("monitor_refused")
	case callmonitor.Unreachable:
		return k.tell("monitor_unreachable")
	case callmonitor.Timeout:
		return k.tell("monitor_timeout")
	case callmonitor.Closed, callmonitor.Reset:
		switch {
		case !k.Address.IsValid():
			return k.tell("monitor_failed", "error", config.Printable(config.Reason(k.Err)))
		case k.Lines == 0 && len(k.Head) > 0 || k.Lines > 0 && k.Bad == k.Lines:
			return k.other()
		}
		return k.tell("monitor_closes")
	case callmonitor.Failed:
	}
	return k.tell("monitor_failed", "error", config.Printable(config.Reason(k.Err)))
}

// listened is the finding about a monitor that took the connection and kept it.
func (k *knock) listened(ctx context.Context) Finding {
	good := k.Lines - k.Bad
	switch {
	case good > 0:
		return k.tell("monitor_heard", "lines", k.count(good))
	case len(k.Head) > 0:
		return k.other()
	case k.Wait > 0 && ctx.Err() == nil:
		return k.tell("monitor_silent", "wait", k.Wait.String())
	case k.Wait > 0: // stopped before its time
		return k.tell("monitor_open")
	}
	return k.tell("monitor_quiet")
}

// count says how many lines, in words.
func (k *knock) count(n int) string {
	if n == 1 {
		return k.language().Pick("one line", "eine Zeile")
	}
	return fmt.Sprintf(k.language().Pick("%d lines", "%d Zeilen"), n)
}

// other is the finding about a port at which something else answers.
func (k *knock) other() Finding {
	head := string(k.Head)
	speaks := k.language().Pick("something else", "etwas anderes")
	for prefix, name := range map[string]string{"HTTP/": "HTTP", "SSH-": "SSH", "\x15\x03": "TLS", "RFB ": "VNC", "* OK": "IMAP", "+OK": "POP3", "220": "FTP/SMTP", "SIP/": "SIP"} {
		if strings.HasPrefix(head, prefix) {
			speaks = name
		}
	}
	return k.tell("monitor_other", "speaks", speaks)
}

// instead says what to put into host where its name leads nowhere: the default
// gateway, and what that is.
func (k *knock) instead(ctx context.Context) string {
	router, ok := k.Router()
	if !ok {
		return k.say(phrases["instead_unknown"], nil)
	}
	with := []string{"router", router.String()}
	if who := k.ask(ctx, router); who.FRITZBox() {
		return k.say(phrases["instead_box"], append(with, "model", who.Model))
	}
	return k.say(phrases["instead_router"], with)
}
