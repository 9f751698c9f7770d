package main

import "github.com/callporter/callporter/call"

// The German of words that English shows as they are in JSON and in the configuration.
var (
	roleWords    = map[string]string{"trusted": "vertraut", "blocked": "gesperrt", "ignored": "nicht beachtet"}
	verdictWords = map[string]string{"allowed": "erlaubt", "unknown": "unbekannt", "suspicious": "verdächtig", "spam": "Spam"}
	kindWords    = map[string]string{
		"unknown": "unbekannt", "withheld": "unterdrückt", "fixed": "Festnetz", "mobile": "Mobilfunk", "service": "Service",
		"premium": "Sonderrufnummer", "short": "Kurzwahl", "internal": "intern", "foreign": "Ausland", "invalid": "ungültig",
	}
)

// word is one of such words in a language.
func word(german map[string]string, english string, l call.Language) string {
	if text := german[english]; text != "" && l == call.German {
		return text
	}
	return english
}
