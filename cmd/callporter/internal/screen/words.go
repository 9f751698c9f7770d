package screen

import "github.com/callporter/callporter/call"

// Words for tables. Codes are for programs, in every language.
var (
	verdictWords = map[string]call.Text{
		"allowed": {"allowed", "erlaubt"}, "unknown": {"unknown", "unbekannt"}, "suspicious": {"suspicious", "verdächtig"}, "spam": {"spam", "Spam"},
	}
	classWords = map[string]call.Text{
		"unknown": {"unknown", "unbekannt"}, "fixed": {"fixed", "Festnetz"}, "mobile": {"mobile", "Mobilfunk"}, "service": {"service", "Service"},
		"premium": {"premium", "Sonderrufnummer"}, "short_code": {"short code", "Kurzwahl"}, "foreign": {"foreign", "Ausland"},
		"pair": {"pair", "Paar"}, "internal": {"internal", "intern"}, "anonymous": {"anonymous", "anonym"}, "invalid": {"invalid", "ungültig"},
	}
	reasonWords = map[string]call.Text{
		"unknown": {"unknown", "unbekannt"}, "ok": {"ok", "in Ordnung"},
		"local_number_completed":  {"local number, completed", "Ortsnummer, ergänzt"},
		"unlisted_mobile_block":   {"unlisted mobile block", "unbekannter Mobilfunkblock"},
		"unassigned_area_code":    {"unassigned area code", "Vorwahl nicht vergeben"},
		"unassigned_prefix":       {"unassigned prefix", "Rufnummerngasse nicht vergeben"},
		"subscriber_leading_zero": {"subscriber's number begins with 0", "Teilnehmernummer beginnt mit 0"},
		"too_short":               {"too short", "zu kurz"}, "too_long": {"too long", "zu lang"},
		"veiled_cellular":        {"hidden mobile number", "versteckte Mobilnummer"},
		"forbidden_caller_id":    {"must never be shown", "darf nie angezeigt werden"},
		"short_code":             {"short code", "Kurzwahl"},
		"pager":                  {"pager", "Funkruf"},
		"test_number":            {"test number", "Prüfnummer"},
		"premium":                {"premium rate", "Mehrwertdienst"},
		"unknown_country_code":   {"no such country code", "Landesvorwahl gibt es nicht"},
		"global_service_code":    {"international service", "internationaler Dienst"},
		"foreign_leading_zero":   {"0 behind the country code", "0 hinter der Landesvorwahl"},
		"foreign_too_short":      {"too short", "zu kurz"},
		"foreign_too_long":       {"too long", "zu lang"},
		"foreign_invalid_number": {"not in the plan of its country", "nicht im Nummernplan des Landes"},
		"bracketed_pair":         {"two numbers", "zwei Nummern"},
		"internal":               {"", ""}, "anonymous": {"", ""},
		"no_number": {"no number", "keine Nummer"},
	}
)

// word returns the word for a code, which stays itself where there is none.
func word(words map[string]call.Text, code string, l call.Language) string {
	if text, known := words[code]; known {
		return text.In(l)
	}
	return code
}
