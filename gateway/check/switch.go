package check

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// switchOnCode is what is dialled to switch a call monitor on.
const switchOnCode = "#96*5*"

// switchOn makes the box dial the code that switches its call monitor on, if it is off and
// the user has asked for that. If the user has not, it says that the box could do so.
// probeAgain repeats the probe of the call monitor.
func (p *monitorProbe) switchOn(ctx context.Context, access *boxAccess, probeAgain func()) []Finding {
	off := p.Reason == callmonitor.Refused || p.Reason == callmonitor.CallMonitorOff
	asked := p.SwitchOn != nil
	switch {
	case !off || !asked && access.dialPhone == "":
		return nil
	case !asked:
		return []Finding{p.finding("monitor_offer", "phone", access.dialPhone)}
	case !access.loggedIn:
		return []Finding{p.finding("monitor_no_access")}
	case access.dialPhone == "":
		return []Finding{p.finding("monitor_no_aid")}
	}
	p.SwitchOn(p.box.ID, access.dialPhone)
	defer access.client.Close()
	began := time.Now()
	changes, err := access.client.Dial(ctx, "", switchOnCode)
	p.audit(p.box.ID, changes...)
	var boxErr *tr064.Error
	if errors.As(err, &boxErr) && boxErr.Reason != tr064.Uncertain {
		return []Finding{p.finding("monitor_not_dialled", "error", config.Printable(boxErr.Error()), "do", cmp.Or(sentence(boxErr.Hint(p.language())), p.format(phrases["try_again"], nil)))}
	}
	if p.waitOpen(ctx) {
		probeAgain()
		return []Finding{p.finding("monitor_switched_on", "phone", access.dialPhone)}
	}
	if ctx.Err() == nil {
		change, _ := access.client.Hangup(ctx) // otherwise the phone may ring on
		p.audit(p.box.ID, change)
	}
	return []Finding{p.finding("monitor_not_lifted", "phone", access.dialPhone, "wait", p.durationText(time.Since(began)))}
}

// waitOpen waits until the port of the call monitor accepts a connection, at most for
// Timing.PickUp.
func (p *monitorProbe) waitOpen(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, p.Timing.PickUp)
	defer cancel()
	poll := time.NewTicker(p.Timing.Poll)
	defer poll.Stop()
	for {
		for _, a := range p.Addresses {
			conn, err := p.Dial(ctx, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(p.box.MonitorPort)))
			if err == nil {
				conn.Close() //nolint:errcheck // nothing was sent
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-poll.C:
		}
	}
}
