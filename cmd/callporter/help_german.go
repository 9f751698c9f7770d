package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

// germanLong is the German text above the list of commands.
const germanLong = `callporter verfolgt jeden Anruf einer FRITZ!Box und sagt MQTT und Home Assistant,
wer klingelt, wer spricht und was verpasst wurde.

So sieht man es ohne Box, Broker und Konfiguration bei der Arbeit:

  callporter demo --language de

Dann eine Konfiguration schreiben, sie mit Box und Broker prüfen, und starten:

  callporter config --example > gateway.yaml
  callporter check
  callporter run

Exit-Codes: 0 getan, 1 misslungen, 2 falsch aufgerufen, 3 Konfiguration unbrauchbar,
4 niemand antwortet (kein Broker, kein laufendes Gateway).`

// germanGroups are the German titles of the groups of commands.
var germanGroups = map[string]string{"daily": "Jeden Tag:", "set-up": "Einrichten und Betreiben:", "tools": "Werkzeuge:"}

// germanShorts say in German what a command does.
var germanShorts = map[string]string{
	"status": "Zeigen, wie es dem laufenden Gateway geht", "calls": "Die Anrufe des Journals auflisten",
	"caller": "Sagen, was über eine Nummer bekannt ist", "watch": "Die Anrufe eines laufenden Gateways zeigen, wie sie kommen",
	"block": "Eine Nummer sperren", "unblock": "Eine Nummer von den Sperrlisten nehmen",
	"allow": "Eine Nummer immer durchlassen", "disallow": "Eine Nummer von der Liste der Willkommenen nehmen",
	"lists": "Die eigenen Listen von callporter zeigen", "undo": "Zurücknehmen, was ein Befehl geschrieben hat",
	"phonebook": "Die Telefonbücher der Box zeigen und ändern", "voicemail": "Die Nachrichten auf den Anrufbeantwortern zeigen",
	"deflection": "Die Rufumleitungen der Box zeigen und schalten", "answering-machine": "Die Anrufbeantworter der Box zeigen und schalten",
	"dial": "Die Box eine Nummer wählen lassen", "forget": "Eine Nummer für immer vergessen",
	"demo": "Alles mit einer simulierten Box zeigen; braucht keine Konfiguration", "config": "Die Konfiguration prüfen oder ein Beispiel ausgeben",
	"check": "Finden, was mit Box, Broker und diesem Rechner nicht stimmt", "run": "Die Anrufe verfolgen und veröffentlichen",
	"trust": "Einem neuen Zertifikat der Box trauen", "broker": "Den eingebauten Broker vorbereiten",
	"completion": "Ausgeben, womit eine Shell Befehle und Schalter ergänzt", "command": "Dem laufenden Gateway einen Befehl geben",
	"healthcheck": "Ein laufendes Gateway fragen, ob es ihm gut geht", "discovery": "Ausgeben oder entfernen, was Home Assistant findet",
	"record": "Aufschreiben, was eine Box sendet, zum Abspielen und für Fehlerberichte",
	"replay": "Eine Aufzeichnung des Anrufmonitors durch alles hindurch abspielen", "box": "Eine simulierte FRITZ!Box sein",
	"version": "Die Version ausgeben", "help": "Einen Befehl erklären",
}

// speakGerman has the help of the root, which lists the commands, be in German where that
// is the configured language. The help of each command is in English.
func speakGerman(root *cobra.Command) {
	english := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cfg, err := cli.LoadConfig(""); cmd == root && err == nil && cfg.Language == call.German {
			translate(root)
		}
		english(cmd, args)
	})
}

func translate(root *cobra.Command) {
	root.Long = germanLong
	for _, g := range root.Groups() {
		g.Title = germanGroups[g.ID]
	}
	for _, c := range root.Commands() {
		c.Short = germanShorts[c.Name()]
	}
	root.InitDefaultHelpFlag()
	root.Flags().Lookup("help").Usage = "diese Hilfe"
	root.SetUsageTemplate(strings.NewReplacer("Usage:", "Aufruf:", "[command]", "[Befehl]", "Flags:", "Schalter:",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `"{{.CommandPath}} BEFEHL --help" erklärt einen Befehl, auf Englisch.`,
	).Replace(root.UsageTemplate()))
}
