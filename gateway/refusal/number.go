package refusal

import (
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/order"
)

// Refusals of what was given in the place of a telephone number. Their arguments are the
// text or the number as people write it.

// EmergencyNumber refuses a number such as 112.
func EmergencyNumber(number string) *order.Refusal {
	return badNumber(call.Text{"%s is an emergency number; it always gets through and stands on no list",
		"%s ist eine Notrufnummer; sie kommt immer durch und steht auf keiner Liste"}.With(number), call.Text{}, call.Text{})
}

// CoversEmergency refuses a pattern such as 11*.
func CoversEmergency(pattern string) *order.Refusal {
	return badNumber(call.Text{"%s covers the emergency numbers, which always get through",
		"%s umfasst die Notrufnummern, die immer durchkommen"}.With(pattern), call.Text{}, call.Text{})
}

// ShortNumber refuses a number such as 116117.
func ShortNumber(number string) *order.Refusal {
	return badNumber(call.Text{"%s is a short number of a public service; it always gets through and stands on no list",
		"%s ist die Kurzrufnummer eines öffentlichen Dienstes; sie kommt immer durch und steht auf keiner Liste"}.With(number), call.Text{}, call.Text{})
}

// InternalNumber refuses a number such as **610.
func InternalNumber(number string) *order.Refusal {
	return badNumber(call.Text{"%s is a phone of the house or a code of the box, and nobody calls from it",
		"%s ist ein Telefon im Haus oder ein Code der Box, und niemand ruft von dort an"}.With(number), call.Text{}, call.Text{})
}

// OwnNumber refuses an own number.
func OwnNumber(number string) *order.Refusal {
	return badNumber(call.Text{"%s is an own number of this line", "%s ist eine eigene Nummer dieses Anschlusses"}.With(number), call.Text{}, call.Text{})
}

// CoversOwn refuses a pattern that covers an own number.
func CoversOwn(pattern string) *order.Refusal {
	return badNumber(call.Text{"%s covers an own number of this line", "%s umfasst eine eigene Nummer dieses Anschlusses"}.With(pattern), call.Text{}, call.Text{})
}

// WithheldWord refuses a word such as "anonymous".
func WithheldWord(text string) *order.Refusal {
	return badNumber(call.Text{"“%s” means callers without a number, and no list can hold them",
		"„%s“ meint Anrufer ohne Nummer, und keine Liste kann sie aufnehmen"}.With(text), withheldHint, withheldHint)
}

// NoNumber refuses what is no telephone number, or not a whole one.
func NoNumber(text string) *order.Refusal {
	return badNumber(call.Text{"“%s” is no complete telephone number", "„%s“ ist keine vollständige Rufnummer"}.With(text),
		call.Text{"send it with area code or as +49…", "mit Vorwahl oder als +49… senden"},
		call.Text{"write it with area code or as +49…", "mit Vorwahl oder als +49… schreiben"})
}

// NameWithNumbers refuses a name. The numbers are those that go with it.
func NameWithNumbers(name string, numbers []string) *order.Refusal {
	numbers = numbers[:min(len(numbers), 3)]
	all := call.Text{strings.Join(numbers, " or "), strings.Join(numbers, " oder ")}
	return badNumber(call.Text{"“%s” is a name, and a number is wanted: %s", "„%s“ ist ein Name, gebraucht wird eine Nummer: %s"}.With(name, all),
		call.Text{"send the number", "die Nummer senden"},
		call.Text{`give the number in quotes, such as "%s"`, `die Nummer in Anführungszeichen angeben, etwa "%s"`}.With(numbers[0]))
}

// UnknownName refuses a name that goes with no number.
func UnknownName(name string) *order.Refusal {
	return badNumber(call.Text{"“%s” is a name, and a number is wanted; no phonebook and no list knows the name",
		"„%s“ ist ein Name, gebraucht wird eine Nummer; kein Telefonbuch und keine Liste kennt den Namen"}.With(name),
		call.Text{"send a number with area code or as +49…", "eine Nummer mit Vorwahl oder als +49… senden"},
		call.Text{"give a number with area code or as +49…", "eine Nummer mit Vorwahl oder als +49… angeben"})
}

// NoSuchLine refuses what names no own number, or several of those there are.
func NoSuchLine(text string, several bool, lines []string) *order.Refusal {
	message := call.Text{"there is no own number “%.40s”", "eine eigene Nummer „%.40s“ gibt es nicht"}
	hint := call.Text{"give an own number or its name", "eine eigene Nummer oder ihren Namen angeben"}
	switch {
	case several:
		message = call.Text{"“%.40s” can be several own numbers", "„%.40s“ können mehrere eigene Nummern sein"}
		hint = call.Text{"give the number, or name the box", "die Nummer angeben oder die Box nennen"}
	case len(lines) > 0:
		hint = call.Text{"there are %s", "es gibt %s"}.With(strings.Join(lines[:min(len(lines), 10)], ", "))
	}
	return badNumber(message.With(text), hint, hint)
}

func badNumber(message, hint, typed call.Text) *order.Refusal {
	return &order.Refusal{Code: order.CodeBadArgument, Message: message, Hint: hint, Typed: typed}
}

// Refusals where no phonebook is named. Their arguments are the names of phonebooks.

// NoBookNamed refuses an order that must say which phonebook it means.
func NoBookNamed(books []string) *order.Refusal {
	r := &order.Refusal{
		Code:    order.CodeMissingArgument,
		Message: call.Text{"no phonebook is named", "es ist kein Telefonbuch genannt"},
		Hint:    call.Text{"name it in the field phonebook, or set commands.phonebook", "es im Feld phonebook nennen oder commands.phonebook setzen"},
		Typed:   call.Text{"name it with --phonebook, or set commands.phonebook", "es mit --phonebook nennen oder commands.phonebook setzen"},
	}
	if len(books) == 0 {
		return r
	}
	quoted := call.Text{"“" + strings.Join(books, "”, “") + "”", "„" + strings.Join(books, "“, „") + "“"}
	r.Message = call.Text{"there are several phonebooks: %s", "es gibt mehrere Telefonbücher: %s"}.With(quoted)
	r.Hint = call.Text{`say which one in the field phonebook, such as "phonebook":"%s", or set commands.phonebook`,
		`im Feld phonebook sagen, welches, etwa "phonebook":"%s", oder commands.phonebook setzen`}.With(books[0])
	r.Typed = call.Text{`say which one, such as --phonebook "%s", or set commands.phonebook`,
		`sagen, welches, etwa --phonebook "%s", oder commands.phonebook setzen`}.With(books[0])
	return r
}

// NoBlockBook refuses to block in a phonebook where none is configured for it.
var NoBlockBook = &order.Refusal{
	Code:    order.CodeMissingArgument,
	Message: call.Text{"no phonebook is configured for blocked numbers", "für gesperrte Nummern ist kein Telefonbuch eingestellt"},
	Hint:    call.Text{"set commands.phonebook in the configuration", "commands.phonebook in der Konfiguration setzen"},
}

// NoBook refuses an order for a phonebook of a box that has none it could write.
var NoBook = &order.Refusal{
	Code:    order.CodeNotFound,
	Message: call.Text{"the box has no phonebook that can be written", "die Box hat kein Telefonbuch, in das geschrieben werden kann"},
	Hint:    call.Text{"set one up in the box under Telephony > Phonebook", "in der Box unter Telefonie > Telefonbuch eines einrichten"},
}
