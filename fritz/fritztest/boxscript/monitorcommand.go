package boxscript

import (
	"context"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/monitor"
)

var callCommands = []command{
	{"ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]", "a call comes in: RING, an INVITE to each registered IP phone, and the house rings; lost: without RING; unseen: without any line; named: the display name",
		func(a args, _ []string) (action, error) {
			return begins(a, func(r *Runner, o fritztest.CallOptions) *fritztest.Call {
				return r.box.Ring(a.number("CALLER"), a.number("OWN"), o)
			})
		}},
	{"dial EXT from OWN to DIALLED [on TRUNK] [as NAME] [lost]", "a phone calls out (CALL)",
		func(a args, _ []string) (action, error) {
			return begins(a, func(r *Runner, o fritztest.CallOptions) *fritztest.Call {
				return r.box.Dial(a.int("EXT", 0), a.number("OWN"), a.number("DIALLED"), o)
			})
		}},
	{"connect NAME EXT [showing NUMBER] [lost]", "the call is taken (CONNECT); 40 to 44 are answering machines",
		func(a args, _ []string) (action, error) {
			ext := a.int("EXT", 0)
			switch {
			case a.has("lost"):
				return uses(a, func(c *fritztest.Call) { c.LoseConnect(ext) })
			case a.has("showing"):
				return uses(a, func(c *fritztest.Call) { c.ConnectShowing(ext, a.number("showing")) })
			}
			return uses(a, func(c *fritztest.Call) { c.Connect(ext) })
		}},
	{"pickup NAME EXT", "old ISDN firmware between RING and CONNECT: CALL with the same id",
		func(a args, _ []string) (action, error) {
			return uses(a, func(c *fritztest.Call) { c.Pickup(a.int("EXT", 0)) })
		}},
	{"hangup NAME [SECONDS] [lost]", "the call ends (DISCONNECT); SECONDS: what the box claims it lasted",
		func(a args, _ []string) (action, error) {
			if a.has("lost") {
				return uses(a, (*fritztest.Call).LoseDisconnect)
			}
			return uses(a, func(c *fritztest.Call) { c.Disconnect(a.int("SECONDS", -1)) })
		}},
}

var situationCommands = []command{
	{"missed CALLER to OWN [on TRUNK] [as NAME] [after TIME]", "nobody takes the call",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Missed(a.number("CALLER"), a.number("OWN"), c)
		})},
	{"attempt CALLER to OWN [on TRUNK] [as NAME] [after TIME]", "nobody takes the call, or the box turns it away if the caller is on its block list by then",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Attempt(a.number("CALLER"), a.number("OWN"), c)
		})},
	{"answered CALLER to OWN by EXT [on TRUNK] [as NAME] [after TIME] [for TIME] [drift DRIFT]", "a phone or an answering machine takes it; drift: seconds the box miscounts",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Answered(a.number("CALLER"), a.number("OWN"), a.int("EXT", 0), c)
		})},
	{"accepted CALLER to OWN by EXT [on TRUNK] [as NAME] [after TIME] [for TIME] [drift DRIFT]", "the same in the way of old ISDN firmware",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Accepted(a.number("CALLER"), a.number("OWN"), a.int("EXT", 0), c)
		})},
	{"outgoing EXT from OWN to DIALLED [on TRUNK] [as NAME] [after TIME] [for TIME] [drift DRIFT]", "a call out that is answered",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Outgoing(a.int("EXT", 0), a.number("OWN"), a.number("DIALLED"), c)
		})},
	{"unanswered EXT from OWN to DIALLED [on TRUNK] [as NAME] [after TIME]", "a call out that nobody takes",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Unanswered(a.int("EXT", 0), a.number("OWN"), a.number("DIALLED"), c)
		})},
	{"barred CALLER to OWN [on TRUNK] [as NAME] [apart TIME]", "a caller on the box's block list: RING and DISCONNECT in one segment, or a TIME apart",
		barred},
	{"voicemail CALLER to OWN by EXT [on TRUNK] [as NAME] [after TIME] [for TIME] [drift DRIFT]", "an answering machine, 40 to 44, takes it and records a message",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Voicemail(a.number("CALLER"), a.number("OWN"), a.int("EXT", 0), c)
		})},
	{"waiting SECOND during FIRST to OWN by EXT [on TRUNK] [after TIME] [for TIME] [drift DRIFT]", "a second caller during a conversation, who gives up",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Waiting(a.number("FIRST"), a.number("SECOND"), a.number("OWN"), a.int("EXT", 0), c)
		})},
	{"inhouse EXT from OWN to DIALLED by BY [on TRUNK] [after TIME] [for TIME] [drift DRIFT]", "from one own number to another: one conversation, two ids",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.InHouse(a.int("EXT", 0), a.number("OWN"), a.number("DIALLED"), a.int("BY", 0), c)
		})},
	{"diverted CALLER to OWN onward DIALLED [on TRUNK] [showing NUMBER] [after TIME]", "passed on to the outside: RING and CALL; showing: in the CALL's own-number field",
		situation(func(a args, b *fritztest.Box, c fritztest.Course) {
			b.Diverted(a.number("CALLER"), a.number("OWN"), a.number("DIALLED"), a.number("showing"), c)
		})},
}

func barred(a args, _ []string) (action, error) {
	caller, own, o := a.number("CALLER"), a.number("OWN"), a.options()
	apart := a.time("apart", 0)
	return func(ctx context.Context, r *Runner) (*fritztest.Call, error) {
		if err := r.box.Vacant(o.Name); err != nil {
			return nil, err
		}
		if apart == 0 {
			r.box.Barred(caller, own, o)
			return nil, nil
		}
		course, paused := r.paced(ctx, fritztest.Course{Options: o})
		return r.box.BarredApart(caller, own, apart, course), paused()
	}, nil
}

var rawCommands = []command{
	{"line TEXT", "one line as it is given", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.Line(a["TEXT"]) })
	}},
	{"bytes TEXT...", `each TEXT as one TCP segment, without a line end: "\xfc\r" "\n"`, func(_ args, rest []string) (action, error) {
		chunks := make([][]byte, len(rest))
		for i, text := range rest {
			chunks[i] = []byte(text)
		}
		return does(func(b *fritztest.Box) { b.Bytes(chunks...) })
	}},
	{"bad KIND", "a line that is wrong: " + strings.Join(monitor.BadLines(), ", "), func(a args, _ []string) (action, error) {
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.box.Bad(a["KIND"]) }, nil
	}},
	{"garbage LENGTH", "that many random bytes and a line end", func(a args, _ []string) (action, error) {
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
			r.box.Garbage(a.int("LENGTH", 0), r.seed.Add(1))
			return nil, nil
		}, nil
	}},
	{"strayconnect ID EXT NUMBER", "a CONNECT that belongs to no call", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.StrayConnect(a.int("ID", 0), a.int("EXT", 0), a.number("NUMBER")) })
	}},
	{"strayhangup ID SECONDS", "a DISCONNECT that belongs to no call", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.StrayDisconnect(a.int("ID", 0), a.int("SECONDS", 0)) })
	}},
}

var connectionCommands = []command{
	{"refuse", "refuse connections, as with the monitor switched off; open ones stay", func(args, []string) (action, error) {
		return does((*fritztest.Box).Refuse)
	}},
	{"accept", "accept connections again, on the same port", func(args, []string) (action, error) {
		return func(_ context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.box.Accept() }, nil
	}},
	{"drop [midline]", "close all connections (FIN); midline: in the middle of a RING", breaks((*fritztest.Box).Drop)},
	{"reset [midline]", "reset all connections (RST)", breaks((*fritztest.Box).Reset)},
	{"restart TIME", "forget all calls and logins, reset all connections, refuse for TIME, accept again", func(a args, _ []string) (action, error) {
		d := a.time("TIME", 0)
		return func(ctx context.Context, r *Runner) (*fritztest.Call, error) {
			return nil, r.box.RestartDuring(func() error { return r.pause(ctx, d) })
		}, nil
	}},
	{"closeatonce SWITCH", "accept connections and close them at once", switched((*fritztest.Box).CloseAtOnce)},
	{"halfopen SWITCH", "present and new connections fall silent for ever and are never closed", switched((*fritztest.Box).HalfOpen)},
	{"silence SWITCH", "swallow everything that would be sent", switched((*fritztest.Box).Silence)},
}

var lineCommands = []command{
	{"slow DELAY", "send byte by byte, DELAY apart", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.Slow(a.time("DELAY", 0)) })
	}},
	{"cut CUT", "split each line into two segments behind CUT bytes; -1: between CR and LF", func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) { b.Cut(a.int("CUT", 0)) })
	}},
	{"glue SWITCH", "collect everything, and send it in one segment at glue off", switched((*fritztest.Box).Glue)},
	{"crlf SWITCH", "end lines with CR LF", switched((*fritztest.Box).CRLF)},
	{"final SWITCH", `off: no ";" at the end of a line`, switched((*fritztest.Box).FinalSemicolon)},
	{"trunk SWITCH", "off: RING and CALL name no trunk, as in 2006", switched((*fritztest.Box).TrunkField)},
}

var flowCommands = []command{
	{"wait TIME", "wait; the speed shortens it, and the box's clock goes on by TIME all the same", func(a args, _ []string) (action, error) {
		d := a.time("TIME", 0)
		return func(ctx context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.pause(ctx, d) }, nil
	}},
	{"await CLIENTS", "wait until so many clients are connected", func(a args, _ []string) (action, error) {
		n := a.int("CLIENTS", 1)
		return func(ctx context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.box.WaitClients(ctx, n) }, nil
	}},
	{"flush", "wait until everything is sent", func(args, []string) (action, error) {
		return func(ctx context.Context, r *Runner) (*fritztest.Call, error) { return nil, r.box.Flush(ctx) }, nil
	}},
	{`say TEXT...`, `tell the viewer: say "Hello", or by language: say en "Hello" de "Hallo"`, sayAction},
	{"repeat COUNT", "do the commands up to end COUNT times", nil},
	{"end", "end of repeat", nil},
	{"expect NAME EVENT...", "declare which events the call of that name must lead to; does nothing when it runs", nil},
}

func sayAction(_ args, rest []string) (action, error) {
	text, err := readSpeech(rest)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, r *Runner) (*fritztest.Call, error) {
		r.say(text)
		return nil, nil
	}, nil
}

// breaks is a command that ends all connections, with midline in the middle of a line.
func breaks(end func(*fritztest.Box)) func(args, []string) (action, error) {
	return func(a args, _ []string) (action, error) {
		return does(func(b *fritztest.Box) {
			if a.has("midline") {
				b.HalfLine()
			}
			end(b)
		})
	}
}
