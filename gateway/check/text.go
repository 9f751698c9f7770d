package check

import "maps"

// findingTexts are the texts of all findings by their code. Codes are part of the manual
// and of --json, so they do not change.
var findingTexts = func() map[string]findingText {
	all := maps.Clone(machineTexts)
	maps.Copy(all, boxTexts)
	maps.Copy(all, accessTexts)
	maps.Copy(all, lineTexts)
	maps.Copy(all, softphoneTexts)
	maps.Copy(all, journalTexts)
	maps.Copy(all, brokerTexts)
	return all
}()

// phrases are parts of texts.
var phrases = map[string][2]string{
	"instead_unknown": {
		"Set host of this box to its address; on most networks it is the default gateway.",
		"Bei host dieser Box ihre Adresse eintragen; meist ist das die des Standardgateways.",
	},
	"instead_router": {
		"Set host of this box to its address. The default gateway here is {router}, but it does not answer as a FRITZ!Box; inside a container it is only the container's network.",
		"Bei host dieser Box ihre Adresse eintragen. Das Standardgateway ist hier {router}, antwortet aber nicht als FRITZ!Box; in einem Container ist es nur dessen Netz.",
	},
	"instead_box": {
		"Set host of this box to {router}: the default gateway, a {model}.",
		"Bei host dieser Box {router} eintragen: das ist das Standardgateway, eine {model}.",
	},
	"rights_none": {"without a right of use here", "ohne ein Recht, das hier nützt"},
	"rights_one":  {"with the right “{first}”", "mit dem Recht „{first}“"},
	"rights_both": {"with the rights “{first}” and “{second}”", "mit den Rechten „{first}“ und „{second}“"},
	"try_again":   {"Try again; restart the box if that lasts.", "Noch einmal versuchen; die Box neu starten, wenn das anhält."},
}

// machineTexts are about the configuration and this computer.
var machineTexts = map[string]findingText{
	"config_ok": {check: "config", state: OK, message: [2]string{
		"The configuration can be used: {file}", "Die Konfiguration ist brauchbar: {file}"}},
	"config_default": {check: "config", state: OK, message: [2]string{
		"There is no configuration file; defaults and CALLPORTER_ variables count",
		"Es gibt keine Konfigurationsdatei; es gelten Vorgaben und CALLPORTER_-Variablen"},
		hint: [2]string{
			"callporter config --example > gateway.yaml writes one to start from.",
			"callporter config --example > gateway.yaml schreibt eine zum Anfangen."}},
	"config_unusable": {check: "config", state: Problem, message: [2]string{"{text}", "{text}"},
		hint: [2]string{
			"callporter config --example prints every key and what it may be.",
			"callporter config --example zeigt jeden Schlüssel und was er sein darf."}},

	"data_ok": {check: "data", state: OK, message: [2]string{
		"The data directory can be written: {dir}", "Ins Datenverzeichnis kann geschrieben werden: {dir}"}},
	"data_new": {check: "data", state: OK, message: [2]string{
		"The data directory will be made at the first start: {dir}", "Das Datenverzeichnis entsteht beim ersten Start: {dir}"}},
	"data_running": {check: "data", state: OK, message: [2]string{
		"callporter is running and uses the data directory {dir}",
		"callporter läuft und benutzt das Datenverzeichnis {dir}"}},
	"screening_trial": {check: "data", state: OK,
		message: [2]string{"Screening has been on trial for more than 14 days", "Die Prüfung der Anrufer läuft seit mehr als 14 Tagen auf Probe"},
		hint:    [2]string{"{hint}", "{hint}"}},
	"source_down": {check: "data", state: Warning,
		message: [2]string{"The running callporter gets no answers from the source {name}", "Das laufende callporter bekommt von der Quelle {name} keine Antworten"},
		hint:    [2]string{"{hint}", "{hint}"}},
	"data_unwritable": {check: "data", state: Problem,
		message: [2]string{"The data directory {dir} cannot be written: {error}", "Ins Datenverzeichnis {dir} kann nicht geschrieben werden: {error}"},
		cause:   [2]string{"It belongs to another user, the disk is full or read-only, or the path is wrong.", "Es gehört einem anderen Benutzer, der Datenträger ist voll oder schreibgeschützt, oder der Pfad ist falsch."},
		hint:    [2]string{"Run the check as the user callporter runs as, change the owner, or set data to another directory.", "Die Prüfung als der Benutzer starten, unter dem callporter läuft, den Besitzer ändern, oder bei data ein anderes Verzeichnis eintragen."}},
	"data_space": {check: "data", state: Warning,
		message: [2]string{"Only {free} are free on the disk of {dir}", "Auf dem Datenträger von {dir} sind nur {free} frei"},
		cause:   [2]string{"On a full disk settings and recordings are lost, and the journal waits in memory; calls go on.", "Auf einem vollen Datenträger gehen Einstellungen und Aufzeichnungen verloren, und das Journal wartet im Speicher; Anrufe gehen weiter."},
		hint:    [2]string{"Make room, or set data to another disk.", "Platz schaffen oder bei data einen anderen Datenträger eintragen."}},
	"record_unwritable": {check: "data", state: Warning,
		message: [2]string{"The directory of the raw log, {dir}, cannot be written: {error}", "Ins Verzeichnis des Mitschnitts der Zeilen, {dir}, kann nicht geschrieben werden: {error}"},
		hint:    [2]string{"Change its owner, or set record.dir to another one.", "Den Besitzer ändern oder bei record.dir ein anderes eintragen."}},

	"clock_early": {check: "clock", state: Warning,
		message: [2]string{"This computer's clock shows {date}", "Die Uhr dieses Rechners zeigt den {date}"},
		cause:   [2]string{"It was never set, as on a Raspberry Pi before it has reached a time server.", "Sie wurde nie gestellt, etwa auf einem Raspberry Pi, der noch keinen Zeitserver erreicht hat."},
		hint:    [2]string{"Switch time synchronisation on. Until then certificates and times are wrong.", "Die Zeitsynchronisation einschalten. Bis dahin stimmen Zertifikate und Zeiten nicht."}},
	"clock_utc": {check: "clock", state: OK,
		message: [2]string{"This computer's time zone is UTC, the country of the box is {country}", "Die Zeitzone dieses Rechners ist UTC, das Land der Box {country}"},
		cause:   [2]string{"In a container the time zone is often not set. Times are then an hour or two off.", "In einem Container ist die Zeitzone oft nicht gesetzt. Zeiten liegen dann ein oder zwei Stunden daneben."},
		hint:    [2]string{"Set timezone of the box, or the environment variable TZ.", "Bei timezone der Box die Zone eintragen oder die Umgebungsvariable TZ setzen."}},

	"web_ok": {check: "web", state: OK, message: [2]string{
		"The port for health and metrics is free: {address}", "Der Port für Zustand und Messwerte ist frei: {address}"}},
	"web_running": {check: "web", state: OK, message: [2]string{
		"callporter {version} is running and answers at {address}", "callporter {version} läuft und antwortet unter {address}"}},
	"port_in_use": {check: "broker", state: Problem,
		message: [2]string{"Another program has the port of {key}, {address}", "Ein anderes Programm hat den Port von {key}, {address}"},
		cause:   [2]string{"callporter would not start.", "callporter würde nicht starten."},
		hint:    [2]string{"Set {key} to a free port, or stop the other program.", "Bei {key} einen freien Port eintragen oder das andere Programm beenden."}},
	"port_in_use_broker": {check: "broker", state: Problem,
		message: [2]string{"There is an MQTT broker already at {key}, {address}", "Unter {key}, {address}, gibt es schon einen MQTT-Broker"},
		cause:   [2]string{"Without mqtt.url callporter is the broker itself, and one port has room for one.", "Ohne mqtt.url ist callporter selbst der Broker, und an einem Port ist Platz für einen."},
		hint:    [2]string{"Set mqtt.url to {url} to use that one, or {key} to a free port.", "Bei mqtt.url {url} eintragen, um ihn zu benutzen, oder bei {key} einen freien Port."}},
	"port_in_use_callporter": {check: "broker", state: Problem,
		message: [2]string{"Another callporter ({version}) has the port of {key}, {address}", "Ein anderes callporter ({version}) hat den Port von {key}, {address}"},
		cause:   [2]string{"It does not run on the data directory {data}: it has another configuration, or another user has started it. Beside it callporter would not start.", "Es läuft nicht auf dem Datenverzeichnis {data}: Es hat eine andere Konfiguration, oder ein anderer Benutzer hat es gestartet. Daneben würde callporter nicht starten."},
		hint:    [2]string{"Check the configuration it runs with, as its user; or set {key} to a free port.", "Die Konfiguration prüfen, mit der es läuft, und zwar als dessen Benutzer; oder bei {key} einen freien Port eintragen."}},
	"port_forbidden": {check: "broker", state: Problem,
		message: [2]string{"The port of {key}, {address}, may not be opened", "Der Port von {key}, {address}, darf nicht geöffnet werden"},
		cause:   [2]string{"Ports below 1024 belong to root.", "Ports unter 1024 gehören root."},
		hint:    [2]string{"Set {key} to a higher port.", "Bei {key} einen höheren Port eintragen."}},
	"port_elsewhere": {check: "broker", state: Problem,
		message: [2]string{"The address of {key}, {address}, cannot be opened", "Die Adresse von {key}, {address}, lässt sich nicht öffnen"},
		cause:   [2]string{"It is none of this computer's.", "Sie gehört nicht zu diesem Rechner."},
		hint:    [2]string{"Set {key} to an address of this computer, or to 0.0.0.0 for all.", "Bei {key} eine Adresse dieses Rechners eintragen oder 0.0.0.0 für alle."}},
}
