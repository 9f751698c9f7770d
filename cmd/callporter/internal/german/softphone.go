package german

// softphone are paragraphs of the help of the subcommand softphone, as daily.
var softphone = [][2]string{
	{"callporter can be an IP phone", `callporter kann ein IP-Telefon an der Box sein. Es klingelt mit dem Haus mit, und bei einem
Anrufer, der Spam ist, nimmt es ab und legt auf, so dass das ganze Haus still ist.`},
	{"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 unusable configuration, or one", `Exit-Codes: 0 getan, 1 misslungen, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar oder ohne
Zugang zur Box.`},
	{"It needs access to the box: username and password in the configuration. Run it", `Es braucht Zugang zur Box: username und password in der Konfiguration. Als der Benutzer
ausführen, unter dem callporter läuft.`},
	{"Make an IP phone at the box", `Legt an der Box ein IP-Telefon an, mit einem Passwort, das niemand wissen muss, bewahrt beides
im Datenverzeichnis auf, wo nur dieser Benutzer es lesen kann, meldet es an und wartet eine
Minute auf einen Testanruf: die genannte Nummer an einem anderen Telefon im Haus wählen. Neben
einem laufenden Gateway, das das Telefon dann hat, wartet es nicht: Ob es klingelt, hört man. Am
Ende sagt es, was noch zu tun ist.`},
	{"The box usually wants a new phone", `Meist will die Box ein neues Telefon bestätigt haben: Es sagt, welche Taste zu drücken oder was
zu wählen ist, und wartet zwei Minuten. Noch einmal ausgeführt gibt es kein zweites Telefon: Es
wird an seinem Benutzernamen gefunden, und wo es sich noch anmeldet, wird nichts geschrieben.
--renew gibt ihm ein anderes Passwort. Ist das Datenverzeichnis verloren, übernimmt --username das
Telefon, das da ist.`},
	{"Where the configuration names sip.username", `Nennt die Konfiguration sip.username und sip.password, ein von Hand angelegtes Telefon, wird an
der Box nichts geschrieben: Dieses Telefon wird angemeldet und ausprobiert.`},
	{"With --json print {box, username, extension, numbers, created", `Mit --json kommt {box, username, extension, numbers, created, registered, reason, contact, call,
enabled}; created heißt, dass an die Box geschrieben wurde, call ist rang, none oder skipped.`},
	{"Tell whether the configuration uses the IP phone", `Sagt, ob die Konfiguration das IP-Telefon benutzt, woher Benutzername und Passwort kommen, ob die
Box es hat und unter welcher Nummer im Haus, und ob das laufende Gateway es angemeldet hat.
Geändert wird nichts.`},
	{"With --json print {box, enabled, credentials", `Mit --json kommt {box, enabled, credentials, username, at_box, name, extension, numbers, outside,
running, registered, reason, hint}; credentials ist configuration, setup oder none, at_box ist
null, wo die Box nicht zu fragen war, registered ein Zustand: up, connecting, down oder off.`},
	{"Exit codes: 0 the phone is there", `Exit-Codes: 0 das Telefon ist da, und angemeldet, wo ein Gateway läuft, das es benutzt, 1 ist es
nicht, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar.`},
	{"Delete the IP phone that callporter softphone setup", `Löscht das IP-Telefon, das callporter softphone setup angelegt hat, an der Box und im
Datenverzeichnis, nach einer Frage. Kurz davor wird es noch einmal an seinem Benutzernamen
gesucht, damit kein anderes Telefon gelöscht wird. Eines, das in der Konfiguration steht, von Hand
angelegt, bleibt in Ruhe. Die Box kann das bestätigt haben wollen, wie bei setup.`},
	{"With --json print {box, username, removed}", `Mit --json kommt {box, username, removed}; removed heißt, dass die Box es hatte. Dann --yes
angeben.`},
}
