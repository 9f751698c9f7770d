package order

import "github.com/callporter/callporter/call"

// germanTitles are the German names of commands in sentences and tables. In English the
// name itself stands there.
var germanTitles = map[string]string{
	"block": "Sperren", "unblock": "Entsperren", "allow": "Erlauben", "disallow": "nicht mehr erlauben",
	"phonebook_add": "Telefonbuch", "phonebook_remove": "Telefonbuch", "dial": "Wählen", "hangup": "Auflegen",
	"deflection": "Rufumleitung", "answering_machine": "Anrufbeantworter",
	"voicemail_read": "Sprachnachricht", "voicemail_delete": "Sprachnachricht",
}

// Title returns the name of a command for people. What is no command stays.
func Title(name string) call.Text {
	if german, known := germanTitles[name]; known {
		return call.Text{name, german}
	}
	return call.Text{name, name}
}
