package asterisk

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// Bounds of what an Asterisk sends. Version 22 sends some 23 lines.
const (
	maxLine      = 4 << 10 // bytes, the line end included
	maxLines     = 128     // of the environment
	maxArguments = 16
	maxNumber    = 64 // bytes of a number
)

// Request is what an Asterisk asks.
type Request struct {
	Script    string   // the path of the URL, such as "screen"
	Arguments []string // at most 16; those that are missing are ""
	// Caller is the number that the caller claims, Network the one that the network vouches for,
	// the first argument of screen; "" = not known.
	Caller, Network string
	Called          string // the number that was called; "" = not known
	// Channel names the channel of the call while it lasts.
	Channel string
}

// Errors of a Request.
var (
	errNotAGI  = errors.New("that is no AGI environment")
	errTooLong = errors.New("the environment is too long")
)

// readRequest reads the environment from lines without their ends, up to the empty one.
func readRequest(line func() (string, error)) (r Request, err error) {
	for range maxLines {
		text, err := line()
		if err != nil {
			return Request{}, err
		}
		if text == "" {
			if r.Script == "" {
				return Request{}, errNotAGI
			}
			r.complete()
			return r, nil
		}
		key, value, found := strings.Cut(text, ": ")
		if !found {
			key, found = strings.CutSuffix(text, ":")
		}
		if !found || !strings.HasPrefix(key, "agi_") {
			return Request{}, errNotAGI
		}
		r.take(key, value)
	}
	return Request{}, errTooLong
}

func (r *Request) take(key, value string) {
	switch key {
	case "agi_network_script":
		script, _, _ := strings.Cut(value, "?")
		r.Script = strings.Trim(script, "/")
	case "agi_callerid":
		r.Caller = number(value)
	case "agi_dnid":
		r.Called = number(value)
	case "agi_uniqueid":
		r.Channel = value
	default:
		text, is := strings.CutPrefix(key, "agi_arg_")
		if n, err := strconv.Atoi(text); is && err == nil && n >= 1 && n <= maxArguments {
			for len(r.Arguments) < n {
				r.Arguments = append(r.Arguments, "")
			}
			r.Arguments[n-1] = strings.TrimSpace(value)
		}
	}
}

// complete takes the two numbers of a caller. Where Asterisk knows none, the one of the network
// is his.
func (r *Request) complete() {
	if r.Script != ScriptScreen {
		return
	}
	switch network := number(r.Argument(0)); {
	case r.Caller == "":
		r.Caller = network
	case network != r.Caller:
		r.Network = network
	}
}

// Argument returns an argument, from 0; "" = it is missing.
func (r *Request) Argument(i int) string {
	if i >= len(r.Arguments) {
		return ""
	}
	return r.Arguments[i]
}

// Open reports whether the dial plan will tell how a screened call goes on.
func (r *Request) Open() bool { return strings.EqualFold(r.Argument(1), "open") }

// noNumber are the words that stand where a number would.
var noNumber = []string{"unknown", "anonymous", "unavailable", "restricted", "private", "withheld", "<unknown>"}

// number takes a number as Asterisk has it; "" = there is none. Brackets are left out, since a
// pair of numbers is written with them.
func number(text string) string {
	text = strings.TrimSpace(text)
	if slices.ContainsFunc(noNumber, func(w string) bool { return strings.EqualFold(w, text) }) {
		return ""
	}
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune("()<>\"", r) {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), maxNumber)]
}

// outcomes are the words for the end of a call: those of DIALSTATUS of Asterisk, and ours.
var outcomes = map[string]call.Outcome{
	"ANSWER": call.Answered, "ANSWERED": call.Answered,
	"NOANSWER": call.Missed, "CANCEL": call.Missed, "BUSY": call.Missed, "CONGESTION": call.Missed, "CHANUNAVAIL": call.Missed, "MISSED": call.Missed,
	"REJECTED": call.Rejected, "DONTCALL": call.Rejected, "TORTURE": call.Rejected,
	"VOICEMAIL": call.AnsweringMachine,
}

// Outcome returns how a call has ended, by the first argument of end: [call.Lost] for a word that
// says nothing of that.
func (r *Request) Outcome() call.Outcome {
	if o, known := outcomes[strings.ToUpper(r.Argument(0))]; known {
		return o
	}
	return call.Lost
}

// Talk returns the talking time in seconds, the second argument of end; 0 = not known.
func (r *Request) Talk() time.Duration {
	const most = 7 * 24 * 3600
	if seconds, err := strconv.Atoi(r.Argument(1)); err == nil && seconds > 0 && seconds < most {
		return time.Duration(seconds) * time.Second
	}
	return 0
}
