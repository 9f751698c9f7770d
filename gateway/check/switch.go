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

// switchOn has the box dial the code that switches its call monitor on, if that is
// off and the user has said so; otherwise it tells that the box could. again knocks
// at the call monitor once more.
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
		change, _ := access.client.Hangup(ctx) // or the phone rings on; it may have stopped by itself
		p.audit(p.box.ID, change)
	}
	return []Finding{p.finding("monitor_not_lifted", "phone", access.dialPhone, "wait", p.durationText(time.Since(began)))}
}

// opens waits until the port of the call monitor takes a connection, for as long as
// it may take to lift a phone.
func (p *monitorProbe) waitOpen(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, p.Timing.PickUp)
	defer cancel()
	poll := time.NewTicker(p.Timing.Poll)
	defer poll.Stop()
	for {
		for _, a := range p.Addresses {
			conn, err := p.Dial(ctx, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(p.box.MonitorPort)))
			if err == nil {
				conn.Close() //nolint:errcheck // it takes connections, that is all
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
