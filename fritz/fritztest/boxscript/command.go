package boxscript

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// action does what a command says. It returns the call that the command began
// or used, if there is one.
type action func(ctx context.Context, r *Runner) (*fritztest.Call, error)

// command is one word of the script language. Its usage line is the grammar, and
// with the help it is what Help prints.
type command struct {
	usage, help string
	compile     func(a args, rest []string) (action, error) // nil: the parser's own
}

// group is a headline of Help with its commands.
type group struct {
	title    string
	commands []command
}

// language is the whole script language in the order of Help.
var language = []group{
	{"Calls", callCommands},
	{"Situations, which take the time that they take (default: ring 5s, talk 20s)", situationCommands},
	{"Lines and bytes", rawCommands},
	{"Connections", connectionCommands},
	{"How lines are sent", lineCommands},
	{"Clock", clockCommands},
	{"What the box knows, for TR-064", knowledgeCommands},
	{"How TR-064 answers", answerCommands},
	{"Phones that ring, and SIP", phoneCommands},
	{"Running", flowCommands},
}

// commandGrammar is a command with the pattern of its usage line.
type commandGrammar struct {
	command
	pattern pattern
}

// grammars are the commands by their first words.
var grammars = func() map[string]commandGrammar {
	all := map[string]commandGrammar{}
	for _, g := range language {
		for _, c := range g.commands {
			p := readPattern(c.usage)
			all[p.name] = commandGrammar{c, p}
		}
	}
	return all
}()

// does makes the action of something that cannot fail.
func does(do func(b *fritztest.Box)) (action, error) {
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
		do(r.box)
		return nil, nil
	}, nil
}

// switched makes the compile function of a command that takes on or off.
func switched(set func(b *fritztest.Box, on bool)) func(args, []string) (action, error) {
	return func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { set(b, a.on()) })
	}
}

// begins makes the action of a command that begins a call under a name.
func begins(a args, begin func(r *Runner, o fritztest.CallOptions) *fritztest.Call) (action, error) {
	o := a.options()
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
		if err := r.box.Vacant(o.Name); err != nil {
			return nil, err
		}
		return begin(r, o), nil
	}, nil
}

// uses makes the action of a command that goes on with a call.
func uses(a args, use func(c *fritztest.Call)) (action, error) {
	name := a["NAME"]
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
		c, err := r.box.Call(name)
		if err != nil {
			return nil, err
		}
		use(c)
		return c, nil
	}, nil
}

// situation makes the action of a situation, which takes its time.
func situation(play func(a args, b *fritztest.Box, c fritztest.Course)) func(args, []string) (action, error) {
	return func(a args, _ []string) (action, error) {
		course := fritztest.Course{
			Rings:   length(a, "after"),
			Talks:   length(a, "for"),
			Drift:   a.int("drift", 0),
			Options: a.options(),
		}
		return func(ctx context.Context, r *Runner) (*fritztest.Call, error) {
			if err := r.box.Vacant(course.Options.Name); err != nil {
				return nil, err
			}
			paced, paused := r.paced(ctx, course)
			play(a, r.box, paced)
			return nil, paused()
		}, nil
	}
}

// options reads what every command that begins a call may have.
func (a args) options() fritztest.CallOptions {
	return fritztest.CallOptions{Name: a["as"], Trunk: a["on"], Lost: a.has("lost"), Unseen: a.has("unseen"), Display: a["named"]}
}

// length reads the time after a keyword as a Course wants it.
func length(a args, keyword string) time.Duration {
	d := a.time(keyword, 0)
	if d == 0 && a.has(keyword) {
		return -1
	}
	return d
}

var clockCommands = []command{
	{"clock CLOCK [TIME]", `jump by +1h or -90s; show 1970 (no time sync yet), now (right again) or "26.10.25 02:59:50"; autumn or spring: TIME (10s) before the clocks change`,
		func(a args, _ []string) (action, error) {
			return clockAction(a["CLOCK"], a.time("TIME", 10*time.Second))
		}},
}

func clockAction(to string, lead time.Duration) (action, error) {
	switch to {
	case "1970":
		return does(func(b *fritztest.Box) { b.SetClock(time.Unix(0, 0)) })
	case "now":
		return does((*fritztest.Box).SyncClock)
	case "autumn":
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.box.ClockBeforeAutumn(lead) }, nil
	case "spring":
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.box.ClockBeforeSpring(lead) }, nil
	}
	if d, err := time.ParseDuration(to); err == nil {
		return does(func(b *fritztest.Box) { b.ShiftClock(d) })
	}
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
		at, err := time.ParseInLocation("02.01.06 15:04:05", to, r.box.State().Clock.Location())
		if err != nil {
			return nil, fmt.Errorf("set clock: %w", err)
		}
		r.box.SetClock(at)
		return nil, nil
	}, nil
}

// commandNames lists all commands, for messages.
func commandNames() string {
	var list []string
	for _, g := range language {
		for _, c := range g.commands {
			list = append(list, strings.Fields(c.usage)[0])
		}
	}
	return strings.Join(list, ", ")
}
