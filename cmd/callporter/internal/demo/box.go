package demo

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
)

// password is the password of the simulated box.
const password = "demonstration"

// fillBox gives the simulated box a user, what the day needs, and a diversion.
func fillBox(box *fritztest.Box, l call.Language) error {
	box.SetUser(fritztest.User{Name: "callporter", Password: password, Rights: "P", Last: true})
	box.AddDeflection(fritztest.Deflection{Enabled: false, Type: "fromAll", To: "01713920099"})
	return boxscript.FurnishDay(box, l.String())
}
