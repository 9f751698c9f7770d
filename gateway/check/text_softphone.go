package check

// softphoneTexts are about our phone at the box.
var softphoneTexts = map[string]findingText{
	"softphone_ok": {check: "softphone", state: OK, message: [2]string{
		"The box has registered the IP phone {user}", "Die Box hat das IP-Telefon {user} angemeldet"}},
	"softphone_off": {check: "softphone", state: OK, message: [2]string{
		"An IP phone is set up for callporter, but sip.enabled is false", "Für callporter ist ein IP-Telefon eingerichtet, aber sip.enabled ist false"},
		hint: [2]string{"Set sip.enabled to true to turn callers away while it rings.", "Bei sip.enabled true eintragen, um Anrufer abzuweisen, während es klingelt."}},
	"softphone_unset": {check: "softphone", state: Problem,
		message: [2]string{"sip.enabled is set, but no IP phone is set up", "sip.enabled ist gesetzt, aber kein IP-Telefon ist eingerichtet"},
		cause:   [2]string{"Without user name and password the box lets no phone register, and callporter turns nobody away.", "Ohne Benutzernamen und Passwort meldet die Box kein Telefon an, und callporter weist niemanden ab."},
		hint:    [2]string{"Run callporter softphone setup once, or set sip.username and sip.password to those of an IP phone of the box.", "Einmal callporter softphone setup ausführen, oder bei sip.username und sip.password die eines IP-Telefons der Box eintragen."}},
	"softphone_unreadable": {check: "softphone", state: Problem,
		message: [2]string{"What callporter softphone setup has kept in {data} cannot be read: {error}", "Was callporter softphone setup in {data} aufbewahrt hat, ist nicht lesbar: {error}"},
		hint:    [2]string{"Run the check as the user callporter runs as. If the file is damaged, remove softphone-{box}.json there and run callporter softphone setup again.", "Die Prüfung als der Benutzer starten, unter dem callporter läuft. Ist die Datei beschädigt, dort softphone-{box}.json löschen und callporter softphone setup noch einmal ausführen."}},
	"softphone_down": {check: "softphone", state: Problem,
		message: [2]string{"The IP phone {user} is not registered: {reason}", "Das IP-Telefon {user} ist nicht angemeldet: {reason}"},
		hint:    [2]string{"{do}", "{do}"}},
	"softphone_missing": {check: "softphone", state: Problem,
		message: [2]string{"The box has no IP phone with the user name {user}", "Die Box hat kein IP-Telefon mit dem Benutzernamen {user}"},
		cause:   [2]string{"It was deleted there, the box was reset, or the name is misspelt.", "Es wurde dort gelöscht, die Box zurückgesetzt, oder der Name ist verschrieben."},
		hint:    [2]string{"Run callporter softphone setup, or set sip.username as the box shows it under Telephony > Telephony Devices.", "callporter softphone setup ausführen, oder sip.username so eintragen, wie die Box es unter Telefonie > Telefoniegeräte zeigt."}},
	"softphone_container": {check: "softphone", state: Warning,
		message: [2]string{"The box is told to send calls to {contact}, which it can hardly reach", "Die Box soll Anrufe an {contact} schicken, wohin sie kaum kommt"},
		cause:   [2]string{"That looks like the address of a container in a network of its own. The phone would be registered, but no call would come.", "Das sieht nach der Adresse eines Containers in einem eigenen Netz aus. Das Telefon wäre angemeldet, aber kein Anruf käme an."},
		hint:    [2]string{"Use the network of the host (network_mode: host); or set sip.listen to a port, such as 0.0.0.0:5070, publish it by UDP, and set sip.contact to the address of the host.", "Das Netz des Rechners benutzen (network_mode: host); oder bei sip.listen einen Port eintragen, etwa 0.0.0.0:5070, ihn über UDP freigeben und bei sip.contact die Adresse des Rechners eintragen."}},
	"softphone_listen": {check: "softphone", state: Warning,
		message: [2]string{"sip.contact names {contact}, but sip.listen no port", "sip.contact nennt {contact}, aber sip.listen keinen Port"},
		cause:   [2]string{"The phone then takes another port at each start, which nothing leads to from there.", "Das Telefon nimmt dann bei jedem Start einen anderen Port, zu dem von dort nichts führt."},
		hint:    [2]string{"Set sip.listen to the port that leads here, such as 0.0.0.0:5070.", "Bei sip.listen den Port eintragen, der hierher führt, etwa 0.0.0.0:5070."}},
	"softphone_port": {check: "softphone", state: Problem,
		message: [2]string{"The address of sip.listen, {listen}, cannot be opened: {error}", "Die Adresse von sip.listen, {listen}, lässt sich nicht öffnen: {error}"},
		cause:   [2]string{"Another program has it, or it is none of this computer's. callporter would not start.", "Ein anderes Programm hat sie, oder sie gehört nicht zu diesem Rechner. callporter würde nicht starten."},
		hint:    [2]string{"Set sip.listen to a free port of this computer, or leave it empty.", "Bei sip.listen einen freien Port dieses Rechners eintragen, oder nichts."}},
}
