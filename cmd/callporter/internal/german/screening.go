package german

// screening are paragraphs of the help of screen, as daily.
var screening = [][2]string{
	{"Judge numbers as if they called now", `Urteilt über Nummern, als riefen sie jetzt an: was für eine Nummer es ist, woher sie kommt, das
Urteil allowed (erlaubt), unknown (unbekannt), suspicious (verdächtig) oder spam mit seinem Wert
von 0 bis 100, und warum. Niemand wird angerufen, nichts geschrieben. "" steht für einen Anrufer,
der seine Nummer unterdrückt, und ein Paar wie "08002345678(03023125900)" für einen mit einer
eigenen Nummer und einer des Netzes.`},
	{"It asks the running gateway, with", `Es fragt das laufende Gateway, mit eigenen Listen, Telefonbüchern, Verlauf, Kopien von
Bewertungslisten und, wenn davon nichts entscheidet, den eingeschalteten Quellen. Wo keines läuft,
macht es dasselbe allein, im Datenverzeichnis der Konfiguration; ohne Konfiguration oder mit
--offline urteilt nur der Rufnummernplan, und keine Nummer verlässt diesen Rechner.`},
	{"--file reads a list, one number", `--file liest eine Liste mit einer Nummer je Zeile, worin # einen Kommentar beginnt, oder eine
Tabelle (CSV) mit der Spalte number und vielleicht own_area_code, country, expected_class und
expected_reason. Zu einer Liste wird keine Quelle außer Haus gefragt. DATEI - ist die
Standardeingabe.`},
	{"--test-source asks one source about", `--test-source fragt eine Quelle nach NUMMER, ob sie eingeschaltet ist oder nicht, und zeigt, was wo
stand: welcher Selektor einer Webseite worauf passte und welcher nicht mehr passt. Die Quelle
bekommt die Nummer. Mit --url wird sie unter einer anderen Adresse gelesen, die {national},
{e164}, {digits} oder {international} enthalten darf.`},
	{"--inject has the next calls", `--inject gibt den nächsten Anrufen die Nummern einer Liste anstelle derer ihrer Anrufer, um zu
sehen, was callporter daraus macht. Es braucht ein laufendes Gateway und endet mit der Liste, nach
einer Stunde oder durch --inject none. Ein solcher Anruf ist als TEST gekennzeichnet, mit dem
Beleg inject, und nichts wird daraus gelernt; aber er wird behandelt, wie es seiner Nummer
gebührt, wer auch immer wirklich anruft: das eigene Telefon nehmen.`},
	{"With --json print one number a line", `Mit --json kommt eine Nummer je Zeile: {input, e164, national, class, class_reason, place, network,
network_number, country, name, verdict, score, reason, reason_code, evidence: [{source, reason,
weight, detail}]}; mit --explain auch checks: [{source, took_us, found, error}]; zu einer Tabelle
mit Erwartungen auch expected_class und expected_reason. Mit --test-source kommt {source, took_ms,
steps: [{key, source, texts, meaning, ok}], name, evidence, error}; mit --inject das Ergebnis:
{request, command, ok, error, data, call}.`},
	{"Exit codes: 0 judged", `Exit-Codes: 0 beurteilt, wie auch immer, 1 DATEI oder Quelle ist nicht lesbar, oder mit --check ist
eine Nummer nicht, was DATEI erwartet, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar, 4
mit --inject läuft kein Gateway.`},
}
