package tr064

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// Factor is what the box takes as the second factor: any one of them will do.
type Factor struct {
	Button bool   // any button of the box
	Dial   string // a code to dial on a phone of the box, such as "*14048"; "" = none
	App    bool   // the code of an authenticator app, which the pages of the box ask for
}

// factorTimeout is how long a second factor is waited for. How long the box itself waits is
// not known.
const factorTimeout = 2 * time.Minute

// Bounds of what the box tells about a second factor.
const (
	maxToken   = 128
	maxMethods = 256
)

// Confirmed does something that the box may want confirmed by a second factor. If it does,
// show is called with what the box takes, and once somebody has done it, do is called again.
// That is waited for two minutes at most. The errors are those of do, and [FactorBlocked],
// [FactorBusy] or [FactorExpired].
//
// A second factor that is under way is ended first: the box has one at a time, and one that we
// left behind would be in the way for a minute.
//
// Source: AVM, "TR-064 – X_AVM-DE_Auth"; what other programs do at real boxes.
func (c *Client) Confirmed(ctx context.Context, show func(Factor), do func(context.Context) error) error {
	err := do(ctx)
	if ReasonOf(err) != SecondFactor {
		return err
	}
	_, _ = c.Call(ctx, soap.Auth, "SetConfig", "Action", "stop")
	a, err := c.Call(ctx, soap.Auth, "SetConfig", "Action", "start")
	if err != nil {
		return err
	}
	token := a["Token"]
	if len(token) > maxToken || len(a["Methods"]) > maxMethods {
		return &Error{Reason: BadAnswer, Action: "SetConfig", Text: "a token or methods longer than any real one"}
	}
	with := soap.WithToken(ctx, token)
	defer c.endFactor(with)
	waiting, err := factorState(a["State"])
	if err != nil {
		return err
	}
	if waiting {
		show(readFactor(a["Methods"]))
		if err := c.awaitFactor(with); err != nil {
			return err
		}
	}
	return do(with)
}

// awaitFactor waits until somebody has confirmed the second factor.
func (c *Client) awaitFactor(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, factorTimeout, &Error{Reason: FactorExpired})
	defer cancel()
	for {
		select {
		case <-time.After(c.settleWait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		a, err := c.Call(ctx, soap.Auth, "GetState")
		waiting := linkLost(err) // somebody may walk to the box meanwhile
		if err == nil {
			waiting, err = factorState(a["State"])
		}
		if !waiting {
			return err
		}
	}
}

// endFactor ends the second factor, so that the next one need not wait.
func (c *Client) endFactor(ctx context.Context) {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer end()
	_, _ = c.Call(ctx, soap.Auth, "SetConfig", "Action", "stop")
}

// factorState reads the state of a second factor.
func factorState(state string) (waiting bool, err error) {
	switch strings.ToLower(state) {
	case "waitingforauth":
		return true, nil
	case "authenticated", "disabled":
		return false, nil
	case "blocked":
		return false, &Error{Reason: FactorBlocked}
	case "anotherauthprocess":
		return false, &Error{Reason: FactorBusy}
	}
	return false, &Error{Reason: FactorExpired, Text: soap.Printable(state)}
}

// readFactor reads the methods of a second factor, such as "button,dtmf;*14048".
func readFactor(methods string) (f Factor) {
	list := strings.Split(methods, ",")
	f.Button, f.App = slices.Contains(list, "button"), slices.Contains(list, "googleauth")
	for _, method := range list {
		code, ok := strings.CutPrefix(method, "dtmf;")
		if ok && len(code) <= 16 && code != "" && strings.Trim(code, "0123456789*#") == "" {
			f.Dial = code
		}
	}
	return f
}
