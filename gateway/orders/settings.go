package orders

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// setting is a change of the settings, with what it leads to.
type setting struct {
	change func(*document.Settings)
	state  call.Text // "quiet is on", for a result that takes that back
	told   call.Text // the message of the result; empty = none
}

// setSetting prepares a change of the settings. It is in force at once; writing it down may
// take as long as the disk does.
func (o *Orders) setSetting(j *job, r *order.Result) work {
	var s setting
	if s, r.Refusal = o.setting(j.Command); r.Refusal != nil {
		return nil
	}
	return func(_ context.Context, r *order.Result) {
		err := o.Settings.Change(o.Box, s.change)
		o.SettingsChanged()
		now, switches := o.Settings.Of(o.Box), o.Poller.Current().Switches(o.Documents.Language)
		if s.told == (call.Text{}) {
			r.Data = o.Documents.Settings(now, switches)
		} else {
			r.Data = o.Documents.ChangedSettings(now, switches, s.told)
		}
		if err != nil {
			r.Refusal = refusal.NotKept(s.state, err)
		}
	}
}

// setting reads what an order sets.
func (o *Orders) setting(cmd order.Command) (setting, *order.Refusal) {
	value := cmd.Argument
	on := value == "ON"
	switch cmd.Name {
	case "quiet":
		var at time.Time // matters to quiet hours alone
		if o.QuietHours {
			at = o.Now()
		}
		return setting{
			change: func(s *document.Settings) { s.Quiet, s.QuietSet = on, at },
			state:  call.Text{"quiet is %s", "Ruhe ist %s"}.With(onOff(on)),
		}, nil
	case "auto_reject":
		s := setting{
			change: func(s *document.Settings) { s.AutoReject, s.AutoRejectSet = on, true },
			state:  call.Text{"rejecting is %s", "das Abweisen ist %s"}.With(onOff(on)),
			told: call.Text{"spam calls are announced again, and marked as spam",
				"Spam-Anrufe werden wieder angekündigt und als Spam gekennzeichnet"},
		}
		if on {
			s.told = o.rejecting()
		}
		return s, nil
	case "threshold":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > document.MaxThreshold {
			return setting{}, refusal.BadArgument("value", value, call.Text{"a score from 1 to %d", "eine Punktzahl von 1 bis %d"}.With(document.MaxThreshold))
		}
		return setting{
			change: func(s *document.Settings) { s.Threshold = n },
			state:  call.Text{"the threshold is %d", "die Schwelle ist %d"}.With(n),
			told:   call.Text{"from a score of %d a caller is spam", "ab %d Punkten gilt ein Anrufer als Spam"}.With(n),
		}, nil
	case "method":
		if !slices.Contains(document.RejectMethods, value) {
			return setting{}, noSuchMethod(value, document.RejectMethods)
		}
		told := methodTexts[value]
		return setting{change: func(s *document.Settings) { s.Method = value }, state: told, told: told}, nil
	default: // withheld
		if !slices.Contains(document.WithheldRules, value) {
			return setting{}, refusal.BadArgument("value", value, call.Text{"ring or reject", "ring oder reject"})
		}
		told := call.Text{"callers who withhold their number ring", "Anrufer mit unterdrückter Nummer klingeln"}
		if value == "reject" {
			told = call.Text{"callers who withhold their number are taken for spam", "Anrufer mit unterdrückter Nummer gelten als Spam"}
		}
		return setting{change: func(s *document.Settings) { s.Withheld = value }, state: told, told: told}, nil
	}
}

func onOff(on bool) call.Text {
	if on {
		return call.Text{"ON", "an"}
	}
	return call.Text{"OFF", "aus"}
}

// maxPermit bounds for how many minutes permit_next holds.
const maxPermit = 24 * 60

// permitNext lets the next call through, whatever it is, for some minutes; 0 takes that back.
// A restart forgets it.
func (o *Orders) permitNext(cmd order.Command, r *order.Result) {
	minutes, err := strconv.Atoi(cmd.Argument)
	if err != nil || minutes < 0 || minutes > maxPermit {
		r.Refusal = refusal.BadArgument("minutes", cmd.Argument, call.Text{"a number of minutes from 0 to %d", "eine Zahl von Minuten von 0 bis %d"}.With(maxPermit))
		return
	}
	type permitted struct {
		Until   *time.Time `json:"until"`
		Message string     `json:"message"`
	}
	if minutes == 0 {
		o.PermitUntil(time.Time{})
		r.Data = data(permitted{Message: call.Text{"no call is let through unseen any more", "kein Anruf wird mehr ungeprüft durchgelassen"}.In(o.language())})
		return
	}
	until := o.Calls.Clock().Add(time.Duration(minutes) * time.Minute).In(o.zone()).Truncate(time.Second)
	o.PermitUntil(until)
	r.Data = data(permitted{&until, call.Text{
		"the next call until %s is let through, whatever it is", "der nächste Anruf bis %s wird durchgelassen, was immer er ist",
	}.With(until.Format("15:04")).In(o.language())})
}
