package boxscript

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// maxThings bounds what scripts can give a box of each kind.
const maxThings = 1000

// adds makes the action of something that gives the box one thing more.
func adds(do func(b *fritztest.Box) error) (action, error) {
	return tries(func(b *fritztest.Box) error {
		if max(b.Server.MostOfAKind(), b.Services.MostOfAKind()) >= maxThings {
			return fmt.Errorf("the box has %d of a kind already", maxThings)
		}
		return do(b)
	})
}

// tries makes the action of something that can fail.
func tries(do func(b *fritztest.Box) error) (action, error) {
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) { return nil, do(r.box) }, nil
}

var knowledgeCommands = []command{
	{"user NAME PASSWORD [RIGHTS] [last]", "an account of the box, with all rights if none are given; last: it logged in last. Without any, the box is open to everybody",
		func(a args, _ []string) (action, error) {
			return adds(func(b *fritztest.Box) error {
				b.SetUser(fritztest.User{Name: a["NAME"], Password: a["PASSWORD"], Rights: a["RIGHTS"], Last: a.has("last")})
				return nil
			})
		}},
	{"nouser NAME", "take the account away", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.RemoveUser(a["NAME"]) })
	}},
	{"phonebook BOOK [synced] [capacity CAPACITY]", "one more phonebook; synced: from an online account, the box refuses to write it",
		func(a args, _ []string) (action, error) {
			return adds(func(b *fritztest.Box) error {
				b.AddPhonebook(fritztest.Phonebook{Name: a["BOOK"], Synced: a.has("synced"), Capacity: a.int("capacity", 0)})
				return nil
			})
		}},
	{"nophonebook BOOK", "take the phonebook away; ids behind it move", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error { return b.RemovePhonebook(a["BOOK"]) })
	}},
	{"rename BOOK BOOK2", "give the phonebook another name", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error { return b.RenamePhonebook(a["BOOK"], a["BOOK2"]) })
	}},
	{`contact BOOK TITLE ENTRY...`, `an entry: contact Telefonbuch "Müller" home=03023125456 mobile=01713920055; also vip, image=PATH and SIP addresses. The book barring is the call barring list`,
		contactAction},
	{"nocontact BOOK UID", "remove the entry with that unique id", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error { return b.RemoveContact(a["BOOK"], a.int("UID", 0)) })
	}},
	{"fill BOOK COUNT", "so many made-up entries with two numbers each", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error { return b.FillPhonebook(a["BOOK"], a.int("COUNT", 0)) })
	}},
	{"turn BOOK", "the entries in the opposite order: other positions, the same unique ids", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error { return b.TurnPhonebook(a["BOOK"]) })
	}},
	{"deflection TARGET [from NUMBER] [off]", "a rule that passes calls on to TARGET; from: only those of NUMBER", func(a args, _ []string) (action, error) {
		d := fritztest.Deflection{Enabled: !a.has("off"), To: a.number("TARGET"), Number: a.number("from")}
		if a.has("from") {
			d.Type = "fromNumber"
		}
		return adds(func(b *fritztest.Box) error { b.AddDeflection(d); return nil })
	}},
	{"machine TITLE", "one more answering machine, 5 at most", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error { _, err := b.AddMachine(a["TITLE"]); return err })
	}},
	{"record NAME", "the answering machine that has taken the call records it", func(a args, _ []string) (action, error) {
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
			c, err := r.box.Call(a["NAME"])
			if err == nil {
				err = c.Record()
			}
			return c, err
		}, nil
	}},
	{"numbers NUMBERS...", "the box's own numbers: numbers 23125069=Zuhause 23125732=Praxis", numbersAction},
	{"handset TITLE", "one more DECT phone", func(a args, _ []string) (action, error) {
		return adds(func(b *fritztest.Box) error { b.AddHandset(a["TITLE"]); return nil })
	}},
	{"codes COUNTRY AREA", `country and area code without their prefixes: codes 49 30; "" = not set`, func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.SetCodes(a["COUNTRY"], a["AREA"]) })
	}},
}

func numbersAction(_ args, rest []string) (action, error) {
	var list []fritztest.OwnNumber
	for _, word := range rest {
		number, name, _ := strings.Cut(word, "=")
		if number == "" || !isNumber(number) {
			return nil, fmt.Errorf("%s is not NUMBER=NAME", show(word))
		}
		list = append(list, fritztest.OwnNumber{Number: number, Name: name})
	}
	return does(func(b *fritztest.Box) { b.SetNumbers(list...) })
}

func contactAction(a args, rest []string) (action, error) {
	c := fritztest.Contact{Name: a["TITLE"]}
	for _, word := range rest {
		kind, value, named := strings.Cut(word, "=")
		switch {
		case word == "vip":
			c.VIP = true
		case kind == "image" && named:
			c.Image = value
		case named:
			c.Numbers = append(c.Numbers, fritztest.PhoneNumber{Number: value, Type: kind, Main: len(c.Numbers) == 0})
		default:
			c.Numbers = append(c.Numbers, fritztest.PhoneNumber{Number: word, Main: len(c.Numbers) == 0})
		}
	}
	if len(c.Numbers) > telephony.MaxNumbers {
		return nil, fmt.Errorf("more than %d numbers", telephony.MaxNumbers)
	}
	return tries(func(b *fritztest.Box) error { return b.AddContact(a["BOOK"], c) })
}

var answerCommands = []command{
	{"answer TROUBLE [at PLACE] [times COUNT] [by TIME]", tr064.TroubleHelp + "; all right. at: an action, or a file such as phonebook.lua; times: so often and no more",
		func(a args, _ []string) (action, error) {
			if a["TROUBLE"] == "right" {
				return does((*fritztest.Box).Heal)
			}
			x := fritztest.Trouble{Kind: a["TROUBLE"], At: a["at"], Times: a.int("times", 0), By: a.time("by", 0)}
			return adds(func(b *fritztest.Box) error { return b.Trouble(x) })
		}},
	{"fail CODE [at PLACE] [times COUNT]", "actions answer with this UPnP error: 402, 501, 606, 713, 714, 820, 866, …", func(a args, _ []string) (action, error) {
		return adds(func(b *fritztest.Box) error { b.Fail(a.int("CODE", 0), a["at"], a.int("times", 0)); return nil })
	}},
	{"absent ACTION", "this model does not have the action", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.Absent(a["ACTION"], true) })
	}},
	{"present ACTION", "it has it again", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.Absent(a["ACTION"], false) })
	}},
	{"access SWITCH", "the access for applications in the box's menu; off: no descriptions, every action is invalid", switched((*fritztest.Box).TR064Access)},
	{"ports SWITCH", "off: the ports of TR-064 refuse connections", func(a args, _ []string) (action, error) {
		return tries(func(b *fritztest.Box) error {
			if a.on() {
				return b.AcceptTR064()
			}
			b.RefuseTR064()
			return nil
		})
	}},
	{"certificate", "a new certificate, as after a reset", func(args, []string) (action, error) {
		return tries((*fritztest.Box).ChangeCertificate)
	}},
	{"stale", "every nonce is stale from now on", func(args, []string) (action, error) { return does((*fritztest.Box).ForgetNonces) }},
	{"noncelife TIME", "how long a nonce is good for", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.SetNonceLife(a.time("TIME", 0)) })
	}},
	{"realm TITLE", `the realm of logins: "HTTPS Access" or "F!Box SOAP-Auth"`, func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.SetRealm(a["TITLE"]) })
	}},
	{"weary REQUESTS", "behind so many requests in a row without a login, 503 instead of 401; 0: never", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.BusyAfter(a.int("REQUESTS", 0)) })
	}},
	{"unlock", "forgive all wrong passwords", func(args, []string) (action, error) { return does((*fritztest.Box).Unlock) }},
	{"expire", "the URLs of lists given so far are worth nothing", func(args, []string) (action, error) { return does((*fritztest.Box).ExpireSessions) }},
	{"loginpage SWITCH", "on: an expired URL gets a page with status 200 instead of 403", switched((*fritztest.Box).LoginPage)},
	{"urlhost HOST", "the URLs of lists lead to another host; off: to the box", func(a args, _ []string) (action, error) {
		host := a["HOST"]
		if host == "off" {
			host = ""
		}
		return does(func(b *fritztest.Box) { b.URLHost(host) })
	}},
	{"calllist CALLS", "on; off: the box keeps no call list; new: it begins anew, with lower ids", func(a args, _ []string) (action, error) {
		if a["CALLS"] == "new" {
			return does((*fritztest.Box).ForgetCalls)
		}
		return does(func(b *fritztest.Box) { b.CallListOff(a["CALLS"] == "off") })
	}},
	{"dialaid SWITCH", "the dialling aid in the box's menu; off: dialling fails with 501", switched((*fritztest.Box).DialAid)},
	{"factor FACTOR [at ACTION]", "the second factor: on, off, blocked, free; at: asked or not asked of this action", factorAction},
	{"confirm", "press the button on the box", func(args, []string) (action, error) { return tries((*fritztest.Box).Confirm) }},
}

func factorAction(a args, _ []string) (action, error) {
	switch word := a["FACTOR"]; {
	case a.has("at") && (word == "on" || word == "off"):
		return does(func(b *fritztest.Box) { b.NeedFactor(a["at"], word == "on") })
	case a.has("at"):
		return nil, errors.New("at belongs to on or off")
	case word == "on" || word == "off":
		return does(func(b *fritztest.Box) { b.SecondFactor(word == "on") })
	default:
		return does(func(b *fritztest.Box) { b.BlockFactor(word == "blocked") })
	}
}

// The words that these commands take.
func init() {
	oneOf := func(list ...string) argument {
		return argument{"one of " + strings.Join(list, ", "), func(s string) bool { return slices.Contains(list, s) }}
	}
	text := func(what string, most int) argument {
		return argument{what, func(s string) bool { return len(s) <= most }}
	}
	for name, kind := range map[string]argument{
		"PASSWORD": text("a password, at most 64 bytes", 64),
		"RIGHTS":   {"letters: C settings, P phone, A app, N storage, H smart home", func(s string) bool { return s != "" && strings.Trim(s, tr064.AllRights) == "" }},
		"BOOK":     text("the name of a phonebook", 64),
		"BOOK2":    text("another name", 64),
		"TITLE":    text("a name", 256),
		"ENTRY":    text("TYPE=NUMBER, a number, vip or image=PATH", 256),
		"REQUESTS": {"a count, 0 to 1000000", between(0, 1_000_000)},
		"UID":      {"a unique id, 1 to 999999999", between(1, 999_999_999)},
		"CAPACITY": {"a count of entries, 1 to 100000", between(1, 100_000)},
		"TARGET":   number,
		"NUMBERS":  text("NUMBER=NAME", 128),
		"COUNTRY":  {"digits", func(s string) bool { return len(s) <= 4 && strings.Trim(s, "0123456789") == "" }},
		"AREA":     {"digits", func(s string) bool { return len(s) <= 6 && strings.Trim(s, "0123456789") == "" }},
		"TROUBLE":  oneOf(append([]string{"right"}, slices.DeleteFunc(tr064.TroubleKinds(), func(s string) bool { return s == "fail" || s == "body" })...)...),
		"PLACE":    text("an action or a file", 64),
		"CODE":     {"a UPnP error code, 400 to 899", func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= 400 && n < 900 }},
		"ACTION":   {"the name of an action, as GetPhonebook", func(s string) bool { return slices.Contains(tr064.ActionNames(), s) }},
		"HOST":     text("a host with its port, or off", 256),
		"CALLS":    oneOf("on", "off", "new"),
		"FACTOR":   oneOf("on", "off", "blocked", "free"),
	} {
		arguments[name] = kind
	}
}
