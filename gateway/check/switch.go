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
func (k *knock) switchOn(ctx context.Context, in *entry, again func()) []Finding {
	off := k.Reason == callmonitor.Refused || k.Reason == callmonitor.CallMonitorOff
	asked := k.SwitchOn != nil
	switch {
	case !off || !asked && in.phone == "":
		return nil
	case !asked:
		return []Finding{k.tell("monitor_offer", "phone", in.phone)}
	case !in.inside:
		return []Finding{k.tell("monitor_no_access")}
	case in.phone == "":
		return []Finding{k.tell("monitor_no_aid")}
	}
	k.SwitchOn(k.box.ID, in.phone)
	defer in.client.Close()
	began := time.Now()
	changes, err := in.client.Dial(ctx, "", switchOnCode)
	k.audit(k.box.ID, changes...)
	var ours *tr064.Error
	if errors.As(err, &ours) && ours.Reason != tr064.Uncertain {
		return []Finding{k.tell("monitor_not_dialled", "error", config.Printable(ours.Error()), "do", cmp.Or(sentence(ours.Hint(k.language())), k.say(phrases["try_again"], nil)))}
	}
	if k.opens(ctx) {
		again()
		return []Finding{k.tell("monitor_switched_on", "phone", in.phone)}
	}
	if ctx.Err() == nil {
		change, _ := in.client.Hangup(ctx) // or the phone rings on; it may have stopped by itself
		k.audit(k.box.ID, change)
	}
	return []Finding{k.tell("monitor_not_lifted", "phone", in.phone, "wait", k.span(time.Since(began)))}
}

// opens waits until the port of the call monitor takes a connection, for as long as
// it may take to lift a phone.
func (k *knock) opens(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, k.Timing.Lift)
	defer cancel()
	look := time.NewTicker(k.Timing.Look)
	defer look.Stop()
	for {
		for _, a := range k.Addresses {
			conn, err := k.Dial(ctx, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(k.box.MonitorPort)))
			if err == nil {
				conn.Close() //nolint:errcheck // it takes connections, that is all
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-look.C:
		}
	}
}
