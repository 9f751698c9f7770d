package tr064

import (
	"fmt"
	"strings"
	"time"
)

// factorLife is how long a second factor waits before it ends by itself.
const factorLife = time.Minute

// factorCode is what somebody dials on a phone of the box instead of pressing its button.
const factorCode = "*14048"

// factor is the second factor: a button on the box, or a code on a phone, that some
// actions want besides the login.
type factor struct {
	off     bool
	needed  map[string]bool // actions that want it
	state   string          // "" = never asked for
	token   string
	begun   time.Time // by uptime
	blocked bool      // too many tries
}

// guards reports whether an action wants the second factor.
func (f *factor) guards(action string) bool { return !f.off && f.needed[action] }

// grants reports whether a request has it.
func (f *factor) grants(q *Request) bool {
	f.age(q.uptime)
	return f.state == "authenticated" && q.token != "" && q.token == f.token
}

// age ends a run that nobody has confirmed.
func (f *factor) age(now time.Time) {
	if f.state == "waitingforauth" && now.Sub(f.begun) > factorLife {
		f.state = "failure"
	}
}

func (f *factor) stop(state string) {
	if f.state != "" {
		f.state = state
	}
	f.token = ""
}

// NeedFactor says whether an action wants the second factor. At first X_AVM-DE_SetClient4
// and RegisterApp do; which others do on real boxes is not known.
func (t *Server) NeedFactor(action string, needed bool) {
	t.edit(func() {
		if needed {
			t.factor.needed[action] = true
		} else {
			delete(t.factor.needed, action)
		}
	})
}

// SecondFactor switches the second factor as a whole; since FRITZ!OS 7.39 a box
// always has it.
func (t *Server) SecondFactor(on bool) { t.edit(func() { t.factor.off = !on }) }

// BlockFactor makes the box refuse the second factor: too many tries (867).
func (t *Server) BlockFactor(blocked bool) {
	t.edit(func() { t.factor.blocked = blocked })
}

// Confirm presses the button on the box. It fails if nobody has asked for that.
func (t *Server) Confirm() (err error) {
	uptime, _ := t.opt.Now()
	t.edit(func() {
		if t.factor.age(uptime); t.factor.state != "waitingforauth" {
			err = fmt.Errorf("nobody waits for a second factor")
			return
		}
		t.factor.state = "authenticated"
	})
	return err
}

// Enter takes what somebody has dialled on a phone of the box. It reports whether that was
// the code of the second factor, and was waited for.
func (q *Request) Enter(dialled string) bool {
	f := &q.server.factor
	if f.age(q.uptime); f.state != "waitingforauth" || dialled != factorCode {
		return false
	}
	f.state = "authenticated"
	return true
}

// shown is the state that the box tells.
func (f *factor) shown(now time.Time) string {
	f.age(now)
	switch {
	case f.off:
		return "disabled"
	case f.blocked:
		return "blocked"
	case f.state == "":
		return "stopped"
	}
	return f.state
}

var _ = implement("X_AVM-DE_Auth:1", map[string]Action{
	"GetInfo": func(q *Request) (Output, error) {
		return Output{"NewEnabled": Flag(!q.server.factor.off)}, nil
	},
	"GetState": func(q *Request) (Output, error) {
		f := &q.server.factor
		state := f.shown(q.uptime)
		if state == "waitingforauth" && q.token != f.token {
			state = "anotherauthprocess"
		}
		return Output{"NewState": state}, nil
	},
	"SetConfig": func(q *Request) (Output, error) {
		f := &q.server.factor
		switch strings.ToLower(q.Args["NewAction"]) {
		case "start":
			switch state := f.shown(q.uptime); {
			case f.blocked:
				return nil, factorBlocked
			case state == "waitingforauth":
				return nil, factorBusy
			case f.off:
				return Output{"NewState": state}, nil
			}
			f.state, f.begun = "waitingforauth", q.uptime
			f.token = hexDigits(4) + "-" + hexDigits(2) + "-" + hexDigits(2) + "-" + hexDigits(2) + "-" + hexDigits(6)
			return Output{"NewState": f.state, "NewToken": f.token, "NewMethods": "button,dtmf;" + factorCode}, nil
		case "stop":
			f.stop("stopped")
			return Output{"NewState": f.shown(q.uptime)}, nil
		}
		return nil, ValueInvalid
	},
})
