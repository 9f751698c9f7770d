package german

// daily are paragraphs of the help of commands for every day: how one begins in English, and
// the whole in German.
var daily = [][2]string{
	{"Show on one screen how", `Zeigt auf einem Bildschirm, wie es dem laufenden Gateway geht: zuerst, was nicht stimmt und was
zu tun ist, dann seine Verbindungen und seit wann sie stehen, den letzten Anruf, verpasste
Anrufe und neue Nachrichten. Texte sind in der eingestellten Sprache, Zeiten in der Zone der
Box. Es fragt das Gateway selbst; callporter check untersucht Box und Broker von hier aus und
geht auch ohne Gateway.`},
	{"With --json print {ok, running", `Mit --json kommt {ok, running, problems: [{box, part, state, since, reason, hint}], status};
status ist null, wo kein Gateway läuft, sonst das, was das Gateway sagt.`},
	{"Exit codes: 0 all is well", `Exit-Codes: 0 alles ist gut, 1 etwas stimmt nicht oder kein Gateway läuft, 2 falsch aufgerufen,
3 Konfiguration unbrauchbar.`},
	{"Turn away the caller who rings now, by", `Weist den Anrufer ab, der gerade klingelt, mit callporters Telefon an der Box, und sagt, was auf
der Leitung geschah. CALL ist die ID eines Anrufs, wie das Topic state und callporter watch --json
sie zeigen; ohne sie ist es der Anruf, der zuletzt zu klingeln begann.`},
	{"It needs the softphone (callporter softphone setup)", `Es braucht das Softphone (callporter softphone setup) und geht, solange dieses mitklingelt: so
lange wie das Haus, außer bei hold steht eine Zeit.`},
	{"--method is hangup (answers and hangs up", `--method ist hangup (nimmt ab und legt auf: als einziges bekannt dafür, das ganze Haus still zu
machen), announce (nimmt ab und spielt eine Ansage), busy, decline oder unknown (was die Box dann
tut, ist nur zum Teil bekannt, siehe docs/softphone.md). Ohne die Angabe gilt die eingestellte Art,
statt machine aber hangup.`},
	{"With --json print the result; its data are {method, status", `Mit --json kommt das Ergebnis; seine Daten sind {method, status, acknowledged, bye, silent,
milliseconds, message}: status ist, was callporters Telefon geantwortet hat, silent, ob im Haus
Stille ist.`},
	{"List the calls that callporter remembers", `Zeigt die Anrufe, an die callporter sich erinnert, die neuesten zuerst, in der Zeit der Box.
Alle Filter müssen zutreffen. Nummern stehen voll da, außer mit --mask.`},
	{"A time is a span", `Eine Zeit ist eine Spanne vor jetzt (30m, 12h, 7d, 2w), today (heute), yesterday (gestern), ein
Tag (2026-11-21), eine Minute (2026-11-21 18:00, oder 18:00 für heute) oder RFC 3339, in der
Zeit der Box.`},
	{"With --json print one call a line", `Mit --json kommt ein Anruf je Zeile, wie er per MQTT veröffentlicht wird, und seine Box: {box,
id, direction, phase, outcome, caller: {number, display, name, withheld, network_number, kind,
place, country}, callee: {number, display, name, msn}, extension, device, trunk, verdict,
score, reason, reason_code, evidence: [{source, reason, weight, detail}], action, started,
answered, ended, ring_seconds, talk_seconds}. Mit --csv kommt eine Tabelle für
Tabellenprogramme, mit denselben Namen (caller.number) und evidence.source für die Quellen der
Belege; ein Text, den ein Tabellenprogramm für eine Formel hielte, beginnt mit einem Apostroph.
Beides ist mit --all vollständig.`},
	{"It works through the running gateway.", `Es geht über das laufende Gateway. Wo keines läuft, macht es dasselbe allein, im
Datenverzeichnis der Konfiguration; ohne Konfiguration macht es nichts.`},
	{"Exit codes: 0 done, 1 refused (in English the error begins with the code) or failed", `Exit-Codes: 0 getan, 1 abgelehnt oder misslungen, 2 falsch aufgerufen, 3 Konfiguration
unbrauchbar, 4 es gibt weder eine Konfiguration noch ein laufendes Gateway, oder das
Datenverzeichnis ist belegt und niemand antwortet dort.`},
	{"Tell what callporter knows", `Sagt, was callporter über eine Nummer weiß: ihren Namen in den Telefonbüchern, woher sie ist,
wie oft sie anrief und angerufen wurde, ob sie auf einer eigenen Liste steht, und das Urteil über
sie nach dem, was im Haus bekannt ist. callporter screen fragt auch die eingeschalteten Quellen.`},
	{"With --json print {number, display, name, kind", `Mit --json kommt {number, display, name, kind, place, country, known, first, last, calls,
dialled, answered, early_hung_up, talk_seconds, allowed, blocked, verdict, score, reason,
reason_code, evidence: [{source, reason, weight, detail}]}; allowed und blocked sind null oder
{list, number, name, who, why, added, expires}, verdict und score null, wo niemand beurteilt
wird.`},
	{"Subscribe to the events", `Abonniert die Ereignisse eines laufenden Gateways und zeigt jedes in einer Zeile: wenn ein
Anruf klingelt, angenommen wird, endet. Sagt auch, wenn das Gateway, sein Broker oder die
Verbindung zu einer Box ausfällt oder wiederkommt; watch selbst bleibt. Nummern stehen voll da;
es ist das eigene Telefon.`},
	{"The broker is the one of the configuration", `Der Broker ist der der Konfiguration; ohne eine ist es der des laufenden Gateways, sonst der
eingebaute auf diesem Rechner.`},
	{"With --json print the event documents", `Mit --json kommen die Dokumente der Ereignisse, wie sie veröffentlicht werden, eines je Zeile,
und alles andere auf der Standardfehlerausgabe.`},
	{"Exit codes: 0 stopped, or --count", `Exit-Codes: 0 beendet, oder --count Ereignisse wurden gesehen, 1 misslungen, 2 falsch
aufgerufen, 3 Konfiguration unbrauchbar, 4 am Anfang antwortet kein Broker.`},
	{"Put a number onto callporter's own list of blocked", `Setzt eine Nummer auf die eigene Sperrliste von callporter und, wenn die Konfiguration
(commands.block) oder --where nichts anderes sagt, auf die Rufsperren der Box, die ihre Anrufe
dann abweist. Eine Nummer mit * dahinter sperrt alle, die so beginnen. Was die Box ablehnt,
bleibt auf der eigenen Liste, und der Fehler sagt es.`},
	{`NUMBER is a number in any spelling, or "last" for the call that rings or else the last caller. The box's`, `NUMMER ist eine Nummer in jeder Schreibweise oder „last“: der Anruf, der gerade klingelt, sonst
der letzte Anrufer. Die Liste der Box zeigt --name, sonst den Grund. Was der Befehl geschrieben
hat, nimmt callporter undo zurück.`},
	{"With --json print the result: {request", "Mit --json kommt das Ergebnis: {request, command, ok, error, data, call}."},
	{"Take a number off callporter's own list of blocked", `Nimmt eine Nummer von der eigenen Sperrliste von callporter, von den Rufsperren der Box und aus
dem Telefonbuch, in das block sie gesetzt hatte, wo immer das war. Mit --where own bleibt die
Box, wie sie ist; mit barring oder phonebook zählt diese Liste und was block dort eingetragen
hatte. Gezeigt wird, wo die Nummer gestrichen wurde, wo sie nicht stand und was sie noch
sperrt. NUMMER ist eine Nummer in jeder Schreibweise oder „last“ für den letzten Anrufer.
callporter undo setzt sie zurück.`},
	{"Put a number onto callporter's own list of welcome", `Setzt eine Nummer auf die eigene Liste der Willkommenen, die alles andere schlägt. Ist sie auf
der eigenen Liste gesperrt, wird sie dort gestrichen, und auch das, was block an der Box
geschrieben hatte. Haben die Rufsperren der Box sie von jemand anderem, bleibt das, und es wird
gesagt: callporter unblock nimmt sie dort weg. NUMMER ist eine Nummer in jeder Schreibweise
oder „last“: der Anruf, der gerade klingelt, sonst der letzte Anrufer; mit * dahinter alle, die
so beginnen.`},
	{"Take a number off callporter's own list of welcome", "Nimmt eine Nummer von der eigenen Liste der Willkommenen, auf die allow sie gesetzt hat."},
	{"Show the numbers that are always let through", `Zeigt die Nummern, die immer durchkommen, und die gesperrten, mit Namen, wann sie hinzukamen,
auf welchem Weg und bis wann es gilt. callporter phonebook list barring zeigt, was auf den
Rufsperren der Box steht.`},
	{"With --json print one entry a line", "Mit --json kommt ein Eintrag je Zeile: {list, number, name, who, why, added, expires, display}."},
	{"Put the box and the own lists back", `Stellt an der Box und auf den eigenen Listen wieder her, was vor einem Befehl war: vor dem
letzten oder dem mit einer ID der Liste. Alles, was ein Befehl geschrieben hat, wird zusammen
zurückgenommen. Hat inzwischen jemand anderes die Box geändert, wird nichts geschrieben, und
das Ergebnis ist der Code changed. Gewählte Anrufe und gelöschte Nachrichten kommen nicht
wieder. Lässt sich der letzte Befehl nicht zurücknehmen, nennt der Hinweis einen früheren, bei
dem es geht. Auch eine Sperre für einige Tage, deren Zeit abgelaufen ist, kommt nicht wieder.`},
	{"With --list show what was written", `Mit --list kommt, was geschrieben wurde, das Neueste zuerst, eine Zeile je Befehl: ID, wann,
was, woran, auf welchem Weg; was einen Stern hat, lässt sich zurücknehmen. Mit --json kommt
eine Änderung je Zeile: {id, box, at, action, target, who, why, before, after, order,
undone_by, undo, forgotten, display}; ohne --list das Ergebnis des Befehls: {request, command,
ok, error, data, call}.`},
	{"List the phonebooks of the box, look", `Zeigt die Telefonbücher der Box, sucht darin, trägt Nummern ein und streicht sie; ohne ein
weiteres Wort zeigt es sie, wie callporter phonebook list. Gezeigt wird, was zuletzt gelesen
wurde: beim Start, alle sechs Stunden, nach jeder Änderung und auf callporter command refresh.`},
	{"With --json print one phonebook a line: {index, name, entries, role, synced, barring, reason, text}; reason", `Mit --json kommt ein Telefonbuch je Zeile: {index, name, entries, role, synced, barring,
reason, text}; reason und text sagen, warum es jetzt nicht lesbar ist.`},
	{"It needs access to the box: username and password in the configuration. Where", `Es braucht Zugang zur Box: username und password in der Konfiguration. Ist die Box nicht
lesbar, zeigt es, was zuletzt gelesen wurde, und eine Warnung auf der Standardfehlerausgabe
sagt, wie alt das ist; wurde noch nie etwas gelesen, kommt nichts, und der Exit-Code ist 1. Es
geht über das laufende Gateway. Wo keines läuft, macht es dasselbe allein, im Datenverzeichnis
der Konfiguration; ohne Konfiguration macht es nichts.`},
	{"It needs access to the box: username and password in the configuration. It works", `Es braucht Zugang zur Box: username und password in der Konfiguration. Es geht über das
laufende Gateway. Wo keines läuft, macht es dasselbe allein, im Datenverzeichnis der
Konfiguration; ohne Konfiguration macht es nichts.`},
	{"List the phonebooks of the box with index", `Zeigt die Telefonbücher der Box mit Nummer, Name, Zahl der Einträge und der Rolle, die die
Konfiguration ihnen gibt (trusted, blocked oder ignored); eines von einem Online-Konto ist so
bezeichnet und nicht zu ändern, und bei einem, das nicht lesbar ist, steht der Grund. Mit
TELEFONBUCH, einem Namen oder einer Nummer, zeigt es dessen Kontakte; barring sind die
Rufsperren.`},
	{"With --json print one phonebook a line: {index, name, entries, role, synced, barring, reason, text}, where", `Mit --json kommt ein Telefonbuch je Zeile: {index, name, entries, role, synced, barring,
reason, text}, wobei reason und text sagen, warum es jetzt nicht lesbar ist; oder ein Kontakt
je Zeile: {phonebook, phonebook_index, uid, name, vip, numbers}, jede Nummer als {number, e164,
type, main, display}.`},
	{"Find the contacts with TEXT", `Findet die Kontakte mit TEXT im Namen, groß oder klein geschrieben, oder in einer Nummer, in
jeder Schreibweise. --phonebook nennt ein Telefonbuch, mit Namen oder Nummer, oder barring für
die Rufsperren.`},
	{"With --json print one contact a line", `Mit --json kommt ein Kontakt je Zeile: {phonebook, phonebook_index, uid, name, vip, numbers},
jede Nummer als {number, e164, type, main, display}.`},
	{"Put a contact into a phonebook", `Trägt einen Kontakt in ein Telefonbuch der Box ein: in das von --phonebook, sonst das des
Schlüssels commands.phonebook, sonst das einzige. Steht die Nummer schon darin, in welcher
Schreibweise auch immer, wird nichts geschrieben. Ein Telefonbuch von einem Online-Konto lässt
sich nicht ändern. Auch ein Telefon im Haus (**610) und eine kurze Nummer (116117) sind
Nummern. callporter undo nimmt es zurück.`},
	{"Take a number out of a phonebook", `Streicht eine Nummer aus einem Telefonbuch der Box, wo und in welcher Schreibweise sie dort
auch steht. Ein Kontakt ohne andere Nummer verschwindet mit ihr. Es ist das Telefonbuch von
--phonebook, sonst das des Schlüssels commands.phonebook, sonst das einzige. NUMMER darf alles
sein, was dort steht, etwa **610 oder eine SIP-Adresse. callporter undo nimmt es zurück.`},
	{"Print the contacts of all phonebooks", `Gibt die Kontakte aller Telefonbücher oder eines davon als CSV aus, mit einer Zeile je Nummer:
phonebook, uid, name, vip, number, e164, type, main. Ein Text, den ein Tabellenprogramm für
eine Formel hielte, beginnt mit einem Apostroph.`},
	{"List the voice messages", `Zeigt die Nachrichten, markiert eine als gehört oder löscht eine; ohne ein weiteres Wort zeigt
es sie, wie callporter voicemail list. Eine Nachricht heißt, wie die Liste sie zeigt,
GERÄT/NACHRICHT, etwa 0/3. Ist inzwischen eine andere an ihrem Platz, wird nichts geschrieben,
und das Ergebnis ist der Code changed oder not_found.`},
	{"With --json print one message a line", `Mit --json kommt eine Nachricht je Zeile: {machine, message, new, number, display, name, own,
date, seconds}.`},
	{"List the messages of all answering machines", `Zeigt die Nachrichten aller Anrufbeantworter, die neuesten zuerst, in der Zeit der Box;
ungehörte sind als neu bezeichnet. Die erste Spalte, GERÄT/NACHRICHT, ist das, was read und
delete annehmen.`},
	{"Mark a message as listened to", `Markiert eine Nachricht als gehört, damit die Telefone ihretwegen nicht mehr blinken.
GERÄT/NACHRICHT ist das, was callporter voicemail list zeigt. callporter undo macht sie wieder
neu.`},
	{"Delete a message at the box", `Löscht eine Nachricht an der Box, für immer: Nichts bringt sie zurück, darum fragt es vorher,
außer mit --yes. GERÄT/NACHRICHT ist das, was callporter voicemail list zeigt.`},
	{"List the call diversions", `Zeigt die Rufumleitungen der Box oder schaltet eine ein oder aus. Eingerichtet werden sie in
der Box. ID ist die Nummer in der Liste; sie ist ein Platz, darum wird die Umleitung vor dem
Schalten noch einmal gelesen, und ist dort inzwischen eine andere, ist das Ergebnis der Code
changed.`},
	{"List the answering machines of the box, or", `Zeigt die Anrufbeantworter der Box oder schaltet einen ein oder aus. ID ist die Nummer in der
Liste; sie ist ein Platz, darum wird der Anrufbeantworter vor dem Schalten noch einmal gelesen,
und ist dort inzwischen ein anderer, ist das Ergebnis der Code changed. callporter voicemail
zeigt ihre Nachrichten.`},
	{"With --json print one switch a line", `Mit --json kommt ein Schalter je Zeile: {id, name, on, …}; oder das Ergebnis des Befehls:
{request, command, ok, error, data, call}.`},
	{"Have the dialling aid of the box", `Lässt die Wählhilfe der Box eine Nummer anrufen: Ein Telefon im Haus klingelt, und wer abhebt,
wird verbunden. Sie ist zweimal einzuschalten, in der Box (Telefonie > Anrufe > Wählhilfe) und
mit dem Schlüssel commands.dial der Konfiguration. Höchstens sechs Nummern in der Stunde werden
gewählt, eine zur Zeit: Festnetz und Mobilfunk des Landes und 0800. Nummern, die mehr kosten
(0180, 0700, 0900), im Ausland oder kurze, Telefone im Haus (**610), Notrufe, Codes und Nummern
mit einem davor werden abgelehnt, außer commands.dial_allow nennt sie.`},
	{"--phone chooses the phone", `--phone wählt das Telefon, das klingelt, mit dem Namen, den --phones zeigt; die Box merkt sich
die Wahl. --hangup beendet einen Anruf, der aufgebaut wird; einer, der angenommen ist, geht
weiter.`},
	{"Remove all trace of a number", `Entfernt jede Spur einer Nummer aus dem, was callporter aufhebt und veröffentlicht hat: ihre
Anrufe und was darüber gezählt ist, ihre Einträge auf den eigenen Listen, den Inhalt von
Änderungen mit ihr, den letzten Anruf, die verpassten Anrufe, Aufzeichnungen des Anrufers und
jedes andere Topic beim Broker, beim eingebauten auch, was auf abwesende Clients wartet; in den
Mitschriften des Anrufmonitors wird aus jeder ihrer Ziffern ein x. Nichts nimmt es zurück. Ein
Anruf von jetzt an ist ein neuer.`},
	{"What the box itself keeps stays", `Was die Box selbst aufhebt, bleibt: ihre Anrufliste, Telefonbücher, Rufsperren, Rufumleitungen
und Nachrichten, und von Telefonbüchern und Rufsperren die Kopie, die callporter hat. Auch
Nachrichten, die bei einem anderen Broker warten, zur Seite gelegte beschädigte Dateien,
gepackte Mitschriften und selbst geschriebene Dateien, etwa von callporter record und Exporte.
Die Ausgabe nennt, was wo noch steht. Ist der Datenträger voll, wird nur ein Teil vergessen,
und das wird gesagt: es wiederholen, wenn wieder Platz ist.`},
	{"With --json print the result; its data", `Mit --json kommt das Ergebnis; seine data sind {number, calls, texts, entries, writes,
log_lines, recordings, messages, left: [{what, box, name}]}.`},
	{"It works through the running gateway. Where none runs, it does the same by itself, in the data directory of the configuration; without a configuration it does nothing. What", `Es geht über das laufende Gateway. Wo keines läuft, macht es dasselbe allein, im
Datenverzeichnis der Konfiguration; ohne Konfiguration macht es nichts. Was ein anderer Broker
aufhebt, wird dann beim nächsten Start des Gateways berichtigt.`},
	{"Show the SHA-256 fingerprint", `Zeigt den SHA-256-Fingerabdruck des Zertifikats, dem vertraut wird, und dessen, das die Box
jetzt zeigt, und vertraut nach einer Frage dem gezeigten. callporter merkt sich das erste
Zertifikat, das es sieht, und spricht mit keinem anderen; nötig ist dies also, nachdem die Box
zurückgesetzt oder getauscht wurde oder ein neues Zertifikat bekam. Ist nichts davon geschehen,
antwortet vielleicht jemand anderes an Stelle der Box: vorher den Fingerabdruck mit dem der Box
selbst vergleichen.`},
	{"A fingerprint in the configuration", `Ein Fingerabdruck in der Konfiguration gilt allein und wird dort geändert. BOX ist die ID der
Box.`},
	{"With --json print {box, trusted", `Mit --json kommt {box, trusted, shown, changed, accepted}, und nichts wird gefragt: Ohne --yes
zeigt das nur beide, und der Exit-Code ist 0; accepted sagt, ob dem gezeigten nun vertraut
wird.`},
}
