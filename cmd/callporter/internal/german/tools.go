package german

// tools are paragraphs of the help of the root, of setting up and of the tools, as daily.
var tools = [][2]string{
	{"callporter follows every call", `callporter verfolgt jeden Anruf einer FRITZ!Box und sagt MQTT und Home Assistant, wer klingelt,
wer spricht und was verpasst wurde.`},
	{"See it work without", "So sieht man es ohne Box, Broker und Konfiguration bei der Arbeit:"},
	{"Then write a configuration", "Dann eine Konfiguration schreiben, sie mit Box und Broker prüfen, und starten:"},
	{"Exit codes: 0 done, 1 failed, 2", `Exit-Codes: 0 getan, 1 misslungen, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar, 4 niemand
antwortet (kein Broker, kein laufendes Gateway).`},
	{"Start a simulated FRITZ!Box", `Startet eine simulierte FRITZ!Box, den eingebauten Broker und das Gateway, spielt einen Tag mit
Anrufen und sagt in einfachen Worten, was geschieht: angenommen, verpasst, ausgehend,
Anklopfen, Anrufbeantworter, ein von der Box abgewiesener Anrufer, eine unterdrückte Nummer,
gleichzeitige Anrufe, ein Neustart der Box. Der Tag beginnt von vorn, bis er beendet wird.`},
	{"Look at it from another terminal", "Währenddessen in einem anderen Terminal ansehen; die Demo nennt die Befehle dafür."},
	{"With --once play the day", `Mit --once wird der Tag einmal und schnell gespielt und geprüft, ob ein Abonnent jede Nachricht
bekam, die es geben muss.`},
	{"With --json print each message as", `Mit --json kommt jede Nachricht, wie der Abonnent sie bekam, ein Objekt je Zeile: {topic,
payload, retain}.`},
	{"Exit codes: 0 stopped, or every expected", `Exit-Codes: 0 beendet, oder alles Erwartete kam an, 1 etwas fehlt (und was), --once wurde
abgebrochen, oder ein Port ist nicht zu öffnen, 2 falsch aufgerufen.`},
	{"Read the configuration as run would (file", `Liest die Konfiguration wie run (Datei, dann die Variablen CALLPORTER_…), prüft sie und gibt
sie aus, wie sie gilt, mit verdeckten Passwörtern. Jeder Fehler wird mit Datei, Zeile,
Schlüssel, Wert und dem Erlaubten genannt, darunter Zertifikate und Schlüssel, die nicht lesbar
sind oder nicht zusammengehören. Kein Port wird geöffnet, nichts verbunden.`},
	{"Without --config, the configuration is the first of these that is there: gateway.yaml in the working directory, the file that CALLPORTER_CONFIG names, the options of the Home Assistant app (/data/options.json), /etc/callporter/gateway.yaml.", `Ohne --config ist die Konfiguration die erste davon, die da ist: gateway.yaml im
Arbeitsverzeichnis, die Datei, die CALLPORTER_CONFIG nennt, die Optionen der Home-Assistant-App
(/data/options.json), /etc/callporter/gateway.yaml.`},
	{"With --example print a configuration", `Mit --example kommt eine Konfiguration mit allen Schlüsseln, ihren Vorgaben und was sie
bedeuten.`},
	{`With --json print {"ok": …`, `Mit --json kommt {"ok": …, "problems": [{file, line, variable, key, text}], "more": …} statt
der Konfiguration; more zählt Fehler jenseits der ersten 20.`},
	{"Exit codes: 0 the configuration can be used", "Exit-Codes: 0 die Konfiguration ist brauchbar, 2 falsch aufgerufen, 3 sie ist es nicht."},
	{"Read the configuration as run would, then", `Liest die Konfiguration wie run, sieht sich dann diesen Rechner, jede Box und den Broker an und
sagt, was es fand: was gut ist und was nicht, mit der wahrscheinlichen Ursache und was zu tun
ist. Probleme stehen vorn. Die Texte sind in der eingestellten Sprache. Es dauert höchstens 15
Sekunden.`},
	{"Nothing is changed. There is one login", `Geändert wird nichts. Am Broker gibt es eine Anmeldung, mit dem eingestellten Namen und
Passwort, und dort eine Nachricht unter <base>/check, die niemand aufhebt, um zu sehen, ob sie
zurückkommt; und eine an jeder Box mit Passwort, um ihre Nummern, Telefonbücher und Listen mit
der Konfiguration zu vergleichen. Eine Anmeldung, die eine Box ablehnt, zählt im
Datenverzeichnis zusammen mit denen des Gateways: Nach zweien versucht callporter dieses
Passwort nicht mehr, denn die Box sperrt ihre Benutzer aus. Wurde es an der Box berichtigt,
versucht --retry-password es noch einmal; ein laufendes Gateway hat dann innerhalb von zehn
Minuten wieder Zugang, mit callporter command refresh sofort.`},
	{"It may run beside a running gateway", `Es darf neben einem laufenden Gateway laufen und sagt das. Als derselbe Benutzer und auf
demselben Rechner oder im selben Container ausführen, sonst sieht es anderes als das Gateway.`},
	{"With --wait listen to each box", `Mit --wait hört es jeder Box so lange auf einen Anruf zu, damit ein Testanruf zeigt, ob Anrufe
ankommen und was daran nicht stimmt. Es endet bald nach der ersten Zeile.`},
	{"With --switch-on-monitor each box", `Mit --switch-on-monitor wählt jede Box, deren Anrufmonitor aus ist, mit ihrer Wählhilfe
(Telefonie > Anrufe > Wählhilfe) #96*5*, was hier sonst nichts je tut. Das Telefon, das dort
eingestellt ist, klingelt; wer innerhalb einer Minute abhebt, lässt die Box wählen, und es
wartet, bis der Anrufmonitor antwortet. Dazu braucht es ein Passwort der Box. callporter undo
--list zeigt danach, was gewählt wurde.`},
	{"The report can be shown to others", `Den Bericht kann man anderen zeigen: Kein Passwort steht darin, und von Rufnummern, auch in
Topics, fehlen die letzten drei Ziffern. Adressen stehen da, wie sie sind.`},
	{`With --json print {"ok", "problems"`, `Mit --json kommt {"ok", "problems", "warnings", "findings": [{check, box, state, code, message,
cause, hint}]}; state ist ok, warning oder problem.`},
	{"Exit codes: 0 no problem, maybe", `Exit-Codes: 0 kein Problem, vielleicht Warnungen, 1 mindestens ein Problem oder beendet, 2
falsch aufgerufen, 3 Konfiguration unbrauchbar.`},
	{"Connect to the call monitor of each", `Verbindet sich mit dem Anrufmonitor jeder eingerichteten FRITZ!Box, verfolgt jeden Anruf und
veröffentlicht ihn per MQTT. Home Assistant findet die Geräte von selbst. Läuft, bis es beendet
wird (SIGINT, SIGTERM, oder SIGHUP, wenn sein Terminal schließt); ein zweites Signal beendet es
sofort. Eine geänderte Konfiguration gilt vom nächsten Start an.`},
	{"Without --config, the configuration is the first of these that is there: gateway.yaml in the working directory, the file that CALLPORTER_CONFIG names, the options of the Home Assistant app (/data/options.json), /etc/callporter/gateway.yaml. Where", `Ohne --config ist die Konfiguration die erste davon, die da ist: gateway.yaml im
Arbeitsverzeichnis, die Datei, die CALLPORTER_CONFIG nennt, die Optionen der Home-Assistant-App
(/data/options.json), /etc/callporter/gateway.yaml. Wo keine ist, gelten die Vorgaben: Die Box
ist fritz.box, und callporter selbst ist der Broker auf 127.0.0.1:1883. Variablen CALLPORTER_…
gehen jedem Schlüssel vor, etwa CALLPORTER_MQTT_URL.`},
	{"A box or a broker that is away", `Eine Box oder ein Broker, der weg ist, beendet es nicht: Es versucht es für immer weiter und
sagt in <base>/<box>/health und in seinem Protokoll, auf der Standardfehlerausgabe, was zu tun
ist.`},
	{"Exit codes: 0 stopped in order", `Exit-Codes: 0 geordnet beendet, 1 ein Port oder das Datenverzeichnis ist belegt oder nicht zu
öffnen, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar.`},
	{"Prepare the broker inside callporter", `Bereitet den eingebauten Broker vor: „callporter broker passwd“ macht aus einem Passwort, was
broker.users der Konfiguration annimmt.`},
	{"Exit codes: 0 printed, 2 wrong usage", "Exit-Codes: 0 ausgegeben, 2 falsch aufgerufen."},
	{"Read a password from standard input", `Liest ein Passwort von der Standardeingabe und gibt seinen bcrypt-Hash als Eintrag für
broker.users aus: "name:$2a$…". An einem Terminal wird zweimal gefragt und nichts davon
gezeigt. Das Passwort hat 1 bis 72 Bytes; von anderer Eingabe zählt die erste Zeile.`},
	{"In YAML the entry needs quotes", "In YAML braucht der Eintrag Anführungszeichen."},
	{"Exit codes: 0 printed, 1 no usable", "Exit-Codes: 0 ausgegeben, 1 kein brauchbares Passwort, 2 falsch aufgerufen."},
	{"Print a script that makes a shell", `Gibt ein Skript aus, mit dem eine Shell Befehle, Schalter und Werte von callporter auf die
Tabulatortaste ergänzt. SHELL ist bash, zsh, fish oder powershell. Die Beispiele zeigen, wohin
es gehört, für einen selbst; Pakete legen es an den Platz des Systems.`},
	{"Send a command to the gateway", `Gibt dem Gateway, das auf diesem Rechner läuft, einen Befehl und zeigt, was daraus wurde. Die
Befehle, ihre Werte und Ergebnisse sind die von MQTT, aber es braucht keinen Broker, und
commands.enabled darf false sein: Der Befehl geht durch callporter.sock im Datenverzeichnis,
das nur der Benutzer öffnen kann, unter dem callporter läuft.`},
	{"The payload is a text", "Der Wert ist ein Text, oder JSON, wenn er mit { beginnt. Ohne einen wird PRESS gesendet."},
	{"What this set-up cannot do", `Was hier nicht eingerichtet ist, steht nicht in der Liste und wird mit dem Code not_available
abgelehnt.`},
	{"With --json print the document of the result", `Mit --json kommt das Dokument des Topics result: {request, command, ok, error, data, call},
wobei error null ist oder {code, message, hint}.`},
	{"Exit codes: 0 done, 1 refused (in English the error begins with the code) or no", `Exit-Codes: 0 getan, 1 abgelehnt oder kein Ergebnis kam, 2 falsch aufgerufen, 3 Konfiguration
unbrauchbar, 4 auf diesem Datenverzeichnis läuft kein Gateway.`},
	{"Ask the running gateway's /readyz", `Fragt /readyz des laufenden Gateways, ob es mit seinem Broker verbunden ist, und gibt die
Antwort aus, die JSON ist: {status, version, checks: [{name, ok, reason}]}. Eine Box, die aus
ist, macht ein Gateway nicht unbereit; ihre Verbindung ist einer der checks. Gemacht für die
Prüfung eines Containers und für systemd.`},
	{"With --alive ask /healthz", "Mit --alive fragt es /healthz: ob der Prozess überhaupt arbeitet."},
	{"Exit codes: 0 it is well", `Exit-Codes: 0 es geht ihm gut, 1 nicht (die Antwort sagt, warum), 2 falsch aufgerufen, 3
Konfiguration unbrauchbar oder web.listen leer, 4 niemand antwortet.`},
	{"Print the documents that make Home Assistant", `Gibt die Dokumente aus, mit denen Home Assistant die Boxen findet: jedes Topic und darunter das
Dokument. Nichts wird verbunden.`},
	{"With --remove clear them", `Mit --remove werden sie beim Broker gelöscht, und drei Sekunden später der aufgehobene Zustand,
damit die Geräte aus Home Assistant verschwinden. Strg-C beendet nur das Warten. Ein laufendes
Gateway veröffentlicht sie beim nächsten Verbinden wieder: es vorher beenden, oder
discovery.enabled auf false setzen. Mit --base-topic wird nur gelöscht, was zu diesen Topics
gehört, etwa was eine Wiedergabe hinterließ; ein Dokument eines Gateways auf anderen bleibt.`},
	{"With --leftovers print the topics", `Mit --leftovers kommen die Topics unter <base>/, bei denen der Broker etwas aufhebt, das diese
Konfiguration nicht veröffentlicht hat: von einer Box oder Nummer, die es nicht mehr gibt, ein
Befehl, den jemand mit dem Retain-Flag schrieb, oder von einem anderen Programm. callporter
check zählt sie. Zusammen mit --remove werden sie gelöscht; Topics, die ein anderer callporter
brauchen könnte, weil einer in Betrieb ist und hier keiner läuft, bleiben.`},
	{`With --json print {"topic"`, `Mit --json kommt {"topic": …, "payload": …} je Zeile, mit --leftovers {"topic": …}, mit
--remove {"removed": …}.`},
	{"Exit codes: 0 done, 1 the broker did not", `Exit-Codes: 0 getan, 1 der Broker hat nicht rechtzeitig bestätigt oder behält, was weg soll,
oder ein anderer callporter ist in Betrieb, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar, 4
kein Broker antwortet.`},
	{"Connect to the call monitor of a box", `Verbindet sich mit dem Anrufmonitor einer Box und schreibt jede Zeile auf, wie sie kommt, bis
es beendet wird, eine Zeit lang (--for) oder eine Zahl von Zeilen (--lines). Eine verlorene
Verbindung wird neu aufgebaut, wie bei run; was die Box inzwischen sendete, kommt nicht noch
einmal.`},
	{"The last three digits of every", `Aus den letzten drei Ziffern jeder Rufnummer wird xxx, damit man eine Aufzeichnung anderen
zeigen kann; callporter replay spielt sie trotzdem ab. --mask=false schreibt volle Nummern:
eine solche Aufzeichnung nicht veröffentlichen.`},
	{"The box is the first of the configuration", `Die Box ist die erste der Konfiguration, die mit --box genannte oder mit --host irgendeine. Die
Zeilen gehen auf die Standardausgabe, werden an die Datei von --output angehängt oder gehen in
eine nach der Box benannte Datei im Verzeichnis von --dir, mit --daily eine je Tag. Was record
tut, steht auf der Standardfehlerausgabe.`},
	{"To record all the time", "Um neben dem Gateway ständig aufzuzeichnen, record in der Konfiguration setzen."},
	{"Exit codes: 0 stopped, or recorded", `Exit-Codes: 0 beendet, oder so lange aufgezeichnet wie gewünscht, 1 das Aufgezeichnete lässt
sich nicht schreiben, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar, 4 die Box war nie zu
erreichen.`},
	{"Read a call monitor log", `Liest eine Mitschrift des Anrufmonitors, wie record sie aufhebt oder jemand sie in einen
Fehlerbericht kopiert hat, und zeigt, was callporter daraus macht: eine Zeile je Ereignis, dann
eine Zusammenfassung. Die Zeitstempel der Zeilen sind die Zeit. Leere Zeilen und solche mit #
am Anfang werden übergangen, unlesbare gezählt; DATEI - ist die Standardeingabe.`},
	{"Numbers are completed with the country", `Nummern werden mit Land und Vorwahl der eingerichteten Box ergänzt und eigene in ihrer Liste
gefunden. Ohne Konfiguration sind das DE und keine.`},
	{"With --publish everything goes", `Mit --publish geht auch alles an den Broker, wie ein laufendes Gateway es veröffentlichen
würde; --base-topic angeben, damit es sich nicht mit einem mischt.`},
	{"With --json print an object for each event", `Mit --json kommt ein Objekt je Ereignis ({"event": …}), je beendetem Anruf ({"call": …}) und
ein letztes ({"summary": {lines, bad, calls}}): lines sagt, wie viele es sind, bad, wie viele
davon unlesbar waren, nach Grund, calls, wie viele endeten, nach Ausgang.`},
	{"Exit codes: 0 the log was read", `Exit-Codes: 0 die Mitschrift wurde gelesen, auch mit unlesbaren Zeilen, 1 sie ist nicht lesbar
oder wurde nicht bis zum Ende gelesen, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar, 4 kein
Broker antwortet.`},
	{"Play a FRITZ!Box on ports", `Spielt eine FRITZ!Box auf Ports nach Wahl, mit Störungen, um ein Gateway oder eine Automation
ohne Telefon auszuprobieren: ihren Anrufmonitor und mit --tr064 und --tr064s ihre TR-064-Ports
mit Telefonbüchern, Rufsperren, Anrufliste, Anrufbeantwortern und Rufumleitungen, und mit --sip
ihren Registrar: IP-Telefone melden sich an, und jeder Anruf klingelt bei ihnen und im Haus.
Die Anrufe des einen stehen in der Anrufliste des anderen.`},
	{"It is driven by a script file", `Gesteuert wird sie mit einer Skriptdatei, mit Zeilen der Standardeingabe (--script -), mit
einer kleinen HTTP-Steuerung (--control) oder allem davon. Mit einem Skript endet sie mit dem
Skript, mit der Standardeingabe mit dieser, außer mit --stay; ohne beides, wenn sie beendet
wird. Eine Zeile der Standardeingabe, die nicht auszuführen ist, wird genannt und übergangen.`},
	{"With --json print one object for each command", "Mit --json kommt ein Objekt je ausgeführtem Befehl: {line, command, call, connection}."},
	{"The HTTP control takes", `Die HTTP-Steuerung nimmt dieselben Zeilen an: POST /script führt seinen Inhalt aus, GET /state
zeigt die Box, GET / gibt die Sprache aus.`},
	{"At first the box has", `Am Anfang hat die Box ein leeres Telefonbuch "Telefonbuch" (mit --script day die Anrufer des
Tages), die eigenen Nummern 23125069 und 23125732, die Telefone Telefon (FON1), Wohnzimmer und
Büro (DECT), ein IP-Telefon und einen Anrufbeantworter. Falsche Passwörter sperren den Benutzer
eine Weile aus, wie bei einer echten Box; GET /state zählt sie.`},
	{"One command a line; # begins", `Ein Befehl je Zeile; # beginnt einen Kommentar. Ein Wort mit Leerzeichen steht in
Anführungszeichen, mit den Escapes von Go darin. Was in [Klammern] steht, darf fehlen. Die
Sprache des Skripts ist Englisch, und so ist sie hier erklärt.`},
	{"Exit codes: 0 done or stopped", `Exit-Codes: 0 getan oder beendet, 1 ein Port ist belegt, oder ein Befehl oder eine Zeile
misslang, 2 falsch aufgerufen oder ein Skript mit einem Fehler.`},
	{"Print the version, the Go", "Gibt die Version aus, die Go-Version, mit der sie gebaut ist, und die Plattform."},
	{`With --json print {"version"`, `Mit --json kommt {"version": …, "go": …, "platform": …}.`},
	{"Explain a command, as", "Erklärt einen Befehl, wie BEFEHL --help."},
	{"Exit codes: 0 printed, 2 there is", "Exit-Codes: 0 ausgegeben, 2 diesen Befehl gibt es nicht."},
}
