package main

import "github.com/callporter/callporter/call"

// German words. In English the words of JSON and configuration are shown as they are.
var (
	roleWords    = map[string]string{"trusted": "vertraut", "blocked": "gesperrt", "ignored": "nicht beachtet"}
	verdictWords = map[string]string{"allowed": "erlaubt", "unknown": "unbekannt", "suspicious": "verdächtig", "spam": "Spam"}
	kindWords    = map[string]string{
		"unknown": "unbekannt", "withheld": "unterdrückt", "fixed": "Festnetz", "mobile": "Mobilfunk", "service": "Service",
		"premium": "Sonderrufnummer", "short": "Kurzwahl", "internal": "intern", "foreign": "Ausland", "invalid": "ungültig",
	}
)

// German words of who gave an order, and of the types of numbers.
var (
	whoWords        = map[string]string{"command": "Befehl", "mqtt": "MQTT", "auto": "selbsttätig"}
	numberTypeWords = map[string]string{
		"home": "privat", "mobile": "mobil", "work": "geschäftlich", "fax_home": "Fax privat", "fax_work": "Fax geschäftlich",
		"intern": "intern", "memo": "Anrufbeantworter", "other": "sonstige",
	}
)

// word returns a word in a language.
func word(german map[string]string, english string, l call.Language) string {
	if text := german[english]; text != "" && l == call.German {
		return text
	}
	return english
}
