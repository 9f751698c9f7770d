package orders

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// setSwitch prepares deflection/ID and answering_machine/ID. It works on the switch of the
// last snapshot: if the box has another rule under that ID by now, nothing is written.
func (o *Orders) setSwitch(j *job, r *order.Result) work {
	on, snapshot := j.Command.Argument == "ON", o.Poller.Current()
	id, err := strconv.Atoi(j.Command.Item)
	switch {
	case !o.hasBox():
		r.Refusal = refusal.NoAccess
	case err != nil:
		r.Refusal = noSuchSwitch(j.Command.Name)
	default:
		part := poll.Machines
		if j.Command.Name == "deflection" {
			part = poll.Deflections
		}
		r.Refusal = snapshot.Unread(part)
	}
	if r.Refusal != nil {
		return nil
	}
	var write func(ctx context.Context) (tr064.Change, error)
	if j.Command.Name == "deflection" {
		if i := slices.IndexFunc(snapshot.Deflections, func(d tr064.Deflection) bool { return d.ID == id }); i >= 0 {
			rule := snapshot.Deflections[i]
			write = func(ctx context.Context) (tr064.Change, error) {
				return o.Poller.Client.SwitchDeflection(ctx, rule, on)
			}
		}
	} else if i := slices.IndexFunc(snapshot.Machines, func(m tr064.AnsweringMachine) bool { return m.Index == id }); i >= 0 {
		machine := snapshot.Machines[i]
		write = func(ctx context.Context) (tr064.Change, error) {
			return o.Poller.Client.SwitchAnsweringMachine(ctx, machine, on)
		}
	}
	if write == nil {
		r.Refusal = noSuchSwitch(j.Command.Name)
		return nil
	}
	w := newWriter(j)
	return func(ctx context.Context, r *order.Result) {
		change, err := write(ctx)
		o.recordChanges(ctx, r, w, j.Command.Path(), []tr064.Change{change}, err, switchText(j.Command.Path(), on))
		o.Poller.Written(poll.Dirty{Deflections: j.Command.Name == "deflection", Switches: j.Command.Name != "deflection"})
	}
}

func noSuchSwitch(kind string) *order.Refusal {
	if kind == "deflection" {
		return refusal.NoSuchDeflection
	}
	return refusal.NoSuchMachine
}

// switchText says how a switch stands. path is its name in the audit, deflection/ID or
// answering_machine/ID.
func switchText(path string, on bool) call.Text {
	text := call.Text{"%s is off", "%s ist aus"}
	if on {
		text = call.Text{"%s is on", "%s ist an"}
	}
	return text.With(switchName(path))
}

// switchName is the name of a switch in a sentence.
func switchName(path string) call.Text {
	kind, id, _ := strings.Cut(path, "/")
	if kind == "deflection" {
		return call.Text{"call diversion %s", "Rufumleitung %s"}.With(id)
	}
	return call.Text{"answering machine %s", "Anrufbeantworter %s"}.With(id)
}
