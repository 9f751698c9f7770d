package check

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// monitorProbe is the probe of the call monitor of one box.
type monitorProbe struct {
	*checker
	callmonitor.ProbeResult
	box    config.Box
	calls  *observedCalls
	device tr064.Description // empty = not known
}

// finding makes a finding about this box.
func (p *monitorProbe) finding(code string, with ...string) Finding {
	port := strconv.Itoa(p.box.MonitorPort)
	at := p.box.Host
	if p.Address.IsValid() {
		at = p.Address.Addr().String()
	} else if len(p.Addresses) > 0 {
		at = p.Addresses[0].String()
	}
	return p.checker.finding(code, append(with,
		"box", p.box.ID, "host", p.box.Host, "address", at, "port", port, "at", net.JoinHostPort(at, port),
		"model", p.device.Model, "version", p.device.Version)...)
}

// findings are the findings about the name, the device and the call monitor.
func (p *monitorProbe) findings(ctx context.Context) []Finding {
	var found []Finding
	if _, err := netip.ParseAddr(p.box.Host); err != nil && len(p.Addresses) > 0 && p.Reason != callmonitor.PublicAddress {
		found = append(found, p.finding("name_ok"))
	}
	for _, a := range p.Addresses {
		if p.Reason != callmonitor.PublicAddress && !callmonitor.AtHome(a) {
			found = append(found, p.finding("public_host"))
			break
		}
	}
	switch {
	case p.device.FRITZBox() && p.device.Version != "":
		found = append(found, p.finding("box_ok"))
	case p.device.Model != "" && !p.device.FRITZBox():
		found = append(found, p.finding("box_other"))
	}
	return append(found, p.monitorFinding(ctx))
}

// monitorFinding is the finding about the call monitor itself.
func (p *monitorProbe) monitorFinding(ctx context.Context) Finding {
	switch p.Reason {
	case callmonitor.NoReason:
		return p.listenedFinding(ctx)
	case callmonitor.NameUnresolved:
		return p.finding("name_unresolved", "instead", p.hostHint(ctx))
	case callmonitor.PublicAddress:
		return p.finding("public_address", "instead", p.hostHint(ctx))
	case callmonitor.Refused, callmonitor.CallMonitorOff:
		if p.device.FRITZBox() {
			return p.finding("monitor_off")
		}
		return p.finding("monitor_refused")
	case callmonitor.Unreachable:
		return p.finding("monitor_unreachable")
	case callmonitor.Timeout:
		return p.finding("monitor_timeout")
	case callmonitor.Closed, callmonitor.Reset:
		switch {
		case !p.Address.IsValid():
			return p.finding("monitor_failed", "error", config.Printable(config.Reason(p.Err)))
		case p.Lines == 0 && len(p.Head) > 0 || p.Lines > 0 && p.Bad == p.Lines:
			return p.otherFinding()
		}
		return p.finding("monitor_closes")
	case callmonitor.Failed:
	}
	return p.finding("monitor_failed", "error", config.Printable(config.Reason(p.Err)))
}

// listenedFinding is the finding about a port that accepted the connection and kept it.
func (p *monitorProbe) listenedFinding(ctx context.Context) Finding {
	good := p.Lines - p.Bad
	switch {
	case good > 0:
		return p.finding("monitor_heard", "lines", p.lineCount(good))
	case len(p.Head) > 0:
		return p.otherFinding()
	case p.Wait > 0 && ctx.Err() == nil:
		return p.finding("monitor_silent", "wait", p.Wait.String())
	case p.Wait > 0: // ctx ended first
		return p.finding("monitor_open")
	}
	return p.finding("monitor_quiet")
}

// lineCount is a number of lines in words.
func (p *monitorProbe) lineCount(n int) string {
	if n == 1 {
		return p.language().Pick("one line", "eine Zeile")
	}
	return fmt.Sprintf(p.language().Pick("%d lines", "%d Zeilen"), n)
}

// otherFinding is the finding about a port at which something else answers.
func (p *monitorProbe) otherFinding() Finding {
	head := string(p.Head)
	speaks := p.language().Pick("something else", "etwas anderes")
	for prefix, name := range map[string]string{"HTTP/": "HTTP", "SSH-": "SSH", "\x15\x03": "TLS", "RFB ": "VNC", "* OK": "IMAP", "+OK": "POP3", "220": "FTP/SMTP", "SIP/": "SIP"} {
		if strings.HasPrefix(head, prefix) {
			speaks = name
		}
	}
	return p.finding("monitor_other", "speaks", speaks)
}

// hostHint says what to set host to if its name does not lead to the box: the default
// gateway of this network, and what device that is.
func (p *monitorProbe) hostHint(ctx context.Context) string {
	router, ok := p.Router()
	if !ok {
		return p.format(phrases["instead_unknown"], nil)
	}
	with := []string{"router", router.String()}
	if who := p.describe(ctx, router); who.FRITZBox() {
		return p.format(phrases["instead_box"], append(with, "model", who.Model))
	}
	return p.format(phrases["instead_router"], with)
}
