package boxscript

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/sip"
)

// silentWithin is how long silent waits unless it is told.
const silentWithin = 5 * time.Second

var phoneCommands = []command{
	{"ipphone USERNAME PASSWORD [named TITLE]", "set up an IP phone, which may register then: the first one is 621, extension 21",
		func(a args, _ []string) (action, error) {
			p := fritztest.IPPhone{Name: a["USERNAME"], Username: a["USERNAME"], Password: a["PASSWORD"]}
			if a.has("named") {
				p.Name = a["named"]
			}
			return tries(func(b *fritztest.Box) error {
				if !b.SetIPPhone(p) {
					return errors.New("the box has 10 IP phones already")
				}
				return nil
			})
		}},
	{"internal CALLER to OWN [as NAME] [named TITLE]", "a call from inside: from a phone as **622 or a door station as **11, to one phone as **620 or to all, **9. Only the phones tell of it",
		func(a args, _ []string) (action, error) {
			return begins(a, func(r *Runner, o fritztest.CallOptions) *fritztest.Call {
				return r.box.RingInside(a.number("CALLER"), a.number("OWN"), o)
			})
		}},
	{"registered [within TIME]", "wait until an IP phone is registered, 5s at most unless TIME says so; fails if none is",
		func(a args, _ []string) (action, error) {
			return waits(a.time("within", silentWithin), func(ctx context.Context, b *fritztest.Box) error {
				if b.Wait(ctx, func(s fritztest.State) bool { return s.SIP != nil && len(s.SIP.Phones) > 0 }) != nil {
					return errors.New("no IP phone is registered")
				}
				return nil
			})
		}},
	{"phones", "tell which phones ring, which IP phones are registered, and how long the house has rung", func(args, []string) (action, error) {
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
			r.say(speech{"": r.box.PhonesText()})
			return nil, nil
		}, nil
	}},
	{"silent [within TIME]", "wait until no phone of the house rings, 5s at most unless TIME says so; fails if one still does",
		func(a args, _ []string) (action, error) {
			return waits(a.time("within", silentWithin), func(ctx context.Context, b *fritztest.Box) error { return b.WaitSilent(ctx) })
		}},
	{"press KEYS in NAME", "the caller presses keys in a call that an IP phone has answered", func(a args, _ []string) (action, error) {
		return triesWith(a, func(c *fritztest.Call) error { return c.Press(a["KEYS"]) })
	}},
	{"refresh NAME METHOD", "the box renews the session of a call that an IP phone has answered", func(a args, _ []string) (action, error) {
		return triesWith(a, func(c *fritztest.Call) error { return c.Refresh(strings.ToUpper(a["METHOD"]), nil) })
	}},
	{"redeliver DELAY", "the provider delivers a call again, DELAY after an IP phone has ended it", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) {
			b.AdjustSIP(func(s *fritztest.SIPSettings) { s.Redeliver = a.time("DELAY", 0) })
		})
	}},
	{"register REFUSAL [times COUNT] [retry SECONDS] [least SECONDS]", "REGISTER gets this status, or no answer (silent); all right again; forget: all registrations are lost. retry: Retry-After, least: Min-Expires",
		registerAction},
	{"packets FATE PACKET [times COUNT] [by TIME]", "drop, double or delay packets: those of the box as ack or 200, those of a phone as phone-180; all right again",
		packetsAction},
	{"sip SETTING VALUE", "how the box behaves: grant 60s, limit 1, gap -200ms (INVITE before RING), reason on, cross on (CANCEL crosses the 200), appwake 1s, ends 603, offer none, withheld unknown, …",
		func(a args, _ []string) (action, error) {
			var trial fritztest.SIPSettings
			if err := trial.Set(a["SETTING"], a["VALUE"]); err != nil {
				return nil, err
			}
			return does(func(b *fritztest.Box) {
				b.AdjustSIP(func(s *fritztest.SIPSettings) { _ = s.Set(a["SETTING"], a["VALUE"]) })
			})
		}},
}

// waits makes the action of something that waits, at most so long in real time.
func waits(most time.Duration, do func(context.Context, *fritztest.Box) error) (action, error) {
	return func(ctx context.Context, r *Runner) (*fritztest.Call, error) {
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		return nil, do(ctx, r.box)
	}, nil
}

// triesWith makes the action of a command that goes on with a call and can fail.
func triesWith(a args, do func(*fritztest.Call) error) (action, error) {
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
		c, err := r.box.Call(a["NAME"])
		if err == nil {
			err = do(c)
		}
		return c, err
	}, nil
}

func registerAction(a args, _ []string) (action, error) {
	switch word := a["REFUSAL"]; word {
	case "right":
		return does(func(b *fritztest.Box) { b.RegisterRight() })
	case "forget":
		return does(func(b *fritztest.Box) { b.ForgetRegistrations() })
	default:
		x := fritztest.SIPRefusal{Times: a.int("times", 0), RetryAfter: a.int("retry", 0), MinExpires: a.int("least", 0)}
		if word != "silent" {
			x.Status, _ = strconv.Atoi(word)
		}
		return tries(func(b *fritztest.Box) error { return b.RefuseRegister(x) })
	}
}

func packetsAction(a args, _ []string) (action, error) {
	x := fritztest.PacketTrouble{What: a["FATE"], Kind: a["PACKET"], Times: a.int("times", 0), By: a.time("by", 0)}
	switch {
	case (x.What == "right") != (x.Kind == "all"):
		return nil, errors.New("right and all belong together: packets right all")
	case x.What == "right":
		return does(func(b *fritztest.Box) { b.SIPPacketsRight() })
	case x.What == "delay" && (x.By == 0 || strings.HasPrefix(x.Kind, "phone-")):
		return nil, errors.New("delay needs by TIME, and a packet of the box")
	}
	return tries(func(b *fritztest.Box) error { return b.SIPPackets(x) })
}

func init() {
	word := func(list ...string) argument {
		return argument{"one of " + strings.Join(list, ", "), func(s string) bool { return slices.Contains(list, s) }}
	}
	for name, kind := range map[string]argument{
		"USERNAME": {"a user name of at most 32 letters, digits, - and _", isName},
		"KEYS":     {"keys, 1 to 16 of 0 to 9, *, #", func(s string) bool { return s != "" && len(s) <= 16 && strings.Trim(s, "0123456789*#") == "" }},
		"METHOD":   word("invite", "update"),
		"SETTING":  word(sip.SettingNames()...),
		"VALUE":    {"a value of the setting", func(s string) bool { return len(s) <= 64 }},
		"FATE":     word("drop", "double", "delay", "right"),
		"PACKET":   word(append(sip.PacketKinds(), "all")...),
		"REFUSAL": {"a status, 400 to 699, or silent, right or forget", func(s string) bool {
			return s == "silent" || s == "right" || s == "forget" || between(400, 699)(s)
		}},
	} {
		arguments[name] = kind
	}
}
