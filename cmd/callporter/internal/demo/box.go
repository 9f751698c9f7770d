package demo

import (
	"fmt"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
)

// password is the password of the simulated box.
const password = "demonstration"

// callers are the contacts in the phonebook of the simulated box, in both languages.
var callers = []struct {
	number string
	name   call.Text
}{
	{"030 23125123", call.Text{"Neighbour", "Nachbarin"}},
	{"0152 28817386", call.Text{"Grandmother", "Großmutter"}},
	{"069 90009040", call.Text{"Laboratory", "Labor"}},
	{"040 66969021", call.Text{"A friend", "Freundin"}},
	{"+41 44 234 56 78", call.Text{"Cousin in Switzerland", "Cousine in der Schweiz"}},
}

// fillBox gives the simulated box a user, contacts, a barred caller and a diversion.
func fillBox(box *fritztest.Box, l call.Language) error {
	box.SetUser(fritztest.User{Name: "callporter", Password: password, Rights: "P", Last: true})
	for _, c := range callers {
		if err := box.AddContact("Telefonbuch", fritztest.Contact{Name: c.name.In(l), Numbers: []fritztest.PhoneNumber{{Number: c.number, Type: "home"}}}); err != nil {
			return fmt.Errorf("furnish simulated box: %w", err)
		}
	}
	barred := fritztest.Contact{Name: l.Pick("Advertising", "Werbung"), Numbers: []fritztest.PhoneNumber{{Number: "06990009666", Type: "home"}}}
	if err := box.AddContact("barring", barred); err != nil {
		return fmt.Errorf("furnish simulated box: %w", err)
	}
	box.AddDeflection(fritztest.Deflection{Enabled: false, Type: "fromAll", To: "01713920099"})
	return nil
}
