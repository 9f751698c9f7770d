package demo

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
)

// password is the password of the simulated box.
const password = "demonstration"

// Name and password of callporter's phone at the simulated box.
const (
	phoneName     = "callporter-demo"
	phonePassword = "demonstration1"
)

// fillBox gives the simulated box a user, a phone for callporter, what the day needs, and a diversion.
func fillBox(box *fritztest.Box, l call.Language) error {
	box.SetUser(fritztest.User{Name: "callporter", Password: password, Rights: "P", Last: true})
	box.SetIPPhone(fritztest.IPPhone{Name: "callporter", Username: phoneName, Password: phonePassword})
	box.AddDeflection(fritztest.Deflection{Enabled: false, Type: "fromAll", To: "01713920099"})
	return boxscript.FurnishDay(box, l.String())
}
