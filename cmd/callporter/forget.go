package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newForget() *cobra.Command {
	var f clientFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget NUMBER",
		Short: "Forget a number, for good",
		Long: `Remove all trace of a number from what callporter keeps and has published: its calls and what
was counted of them, its entries on the own lists, the contents of writes that held it, the last
call, the missed calls and every other topic on the broker, recordings of the caller, at the
embedded broker also what waits for clients that are away, and in the raw logs of the call
monitor each of its digits becomes an x. Nothing takes it back. A call from now on is a new one.

What the box itself keeps stays: its call list, phonebooks, call barring, diversions and voice
messages, and of phonebooks and call barring the copy that callporter has. So do messages that
wait at another broker, damaged files that were set aside, compressed logs, and files that you
wrote yourself, such as those of callporter record and exports. The output names what is left
where. Where the disk is full, it is forgotten in part only and says so: repeat it when there is
room.

With --json print the result; its data are {number, calls, texts, entries, writes, log_lines,
recordings, messages, left: [{what, box, name}]}.

` + clientText + ` What another
broker retains is then corrected at the next start of the gateway.

` + clientExits,
		Example: `  callporter forget "030 23125123"
  callporter forget +493023125123 --yes --json | jq .data.left`,
		Args: cobra.MatchAll(cli.OneArgument("a number"), notLast),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes { // what cannot be forgotten is refused before anybody is asked
				if err := f.askForget(cmd, args[0]); err != nil {
					return err
				}
			}
			return f.connect(cmd, false, func(c *client) error {
				c.box = cmp.Or(c.box, c.boxes[0].ID) // reads the number; all boxes forget it
				return forget(c, args[0])
			})
		},
	}
	f.addFor(cmd, "all")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// askForget reads the number as the gateway does and asks whether to forget it. Nobody
// holds the data directory while a person thinks about it.
func (f *clientFlags) askForget(cmd *cobra.Command, number string) error {
	var found struct{ Display string }
	var language call.Language
	err := f.connect(cmd, false, func(c *client) error {
		language = c.language
		return c.ask("number", map[string]string{"number": number}, &found)
	})
	if err != nil {
		return err
	}
	return cli.Confirm(cmd, false, language, fmt.Sprintf(language.Pick("Forget %s for good?", "%s endgültig vergessen?"), found.Display))
}

func forget(c *client, number string) error {
	var done struct {
		Calls, Texts, Entries, Writes int
		Lines                         int `json:"log_lines"`
		Recordings, Messages          int
		Left                          []struct{ What, Box, Name string }
	}
	if err := c.order("forget", map[string]string{"number": number}, &done); err != nil {
		return err
	}
	pick := c.language.Pick
	c.say("forgotten: %s, %s of other calls, %s of own lists, %s, %s of raw logs, %s, %s at the embedded broker",
		"vergessen: %s, %s anderer Anrufe, %s eigener Listen, %s, %s von Rohprotokollen, %s, %s beim eingebauten Broker",
		cli.Counted(done.Calls, pick("call", "Anruf"), pick("calls", "Anrufe")),
		cli.Counted(done.Texts, pick("text", "Text"), pick("texts", "Texte")),
		cli.Counted(done.Entries, pick("entry", "Eintrag"), pick("entries", "Einträge")),
		cli.Counted(done.Writes, pick("write", "Schreibvorgang"), pick("writes", "Schreibvorgänge")),
		cli.Counted(done.Lines, pick("line", "Zeile"), pick("lines", "Zeilen")),
		cli.Counted(done.Recordings, pick("recording", "Aufzeichnung"), pick("recordings", "Aufzeichnungen")),
		cli.Counted(done.Messages, pick("message", "Nachricht"), pick("messages", "Nachrichten")))
	for _, l := range done.Left {
		text, known := keptTexts[l.What]
		if !known {
			text = call.Text{l.What + " %s %s", l.What + " %s %s"}
		}
		c.say(text[call.English], text[call.German], l.Box, l.Name)
	}
	return nil
}

// keptTexts say where a number is still kept and what to do about it, by the "what" of the
// result. Their arguments are the box and the file or phonebook.
var keptTexts = map[string]call.Text{
	"box_call_list": {
		"left: the call list of the box %s%s, if the number is in it; it is cleared in the box under Telephony > Calls",
		"bleibt: die Anrufliste der Box %s%s, falls die Nummer darin steht; sie wird in der Box unter Telefonie > Anrufe gelöscht"},
	"phonebook": {
		"left: at the box %s the phonebook %s, and callporter's copy of it; callporter phonebook remove takes the number out",
		"bleibt: an der Box %s das Telefonbuch %s und seine Kopie bei callporter; callporter phonebook remove nimmt die Nummer heraus"},
	"barring": {
		"left: the call barring list of the box %s%s, and callporter's copy of it; callporter unblock --where barring takes the number off",
		"bleibt: die Rufsperre der Box %s%s und ihre Kopie bei callporter; callporter unblock --where barring nimmt die Nummer heraus"},
	"recordings": {
		"left: recordings of callers, if one is of the number; there is no journal that knows whose they are%s%s",
		"bleibt: Aufzeichnungen von Anrufern, falls eine von der Nummer ist; kein Journal weiß, von wem sie sind%s%s"},
	"deflection": {
		"left: a call diversion of the box %s%s; it is changed in the box under Telephony > Call Handling",
		"bleibt: eine Rufumleitung der Box %s%s; sie wird in der Box unter Telefonie > Rufbehandlung geändert"},
	"voice_message": {
		"left: voice messages at the box %s%s; callporter voicemail delete deletes them",
		"bleibt: Nachrichten auf dem Anrufbeantworter der Box %s%s; callporter voicemail delete löscht sie"},
	"damaged_journal": {
		"left: %[2]s in the data directory, a damaged journal that was set aside; delete it if nothing shall be rescued from it",
		"bleibt: %[2]s im Datenverzeichnis, ein beschädigtes Journal; löschen, wenn nichts daraus zu retten ist"},
	"raw_log": {
		"left: the raw log %[2]s, which cannot be read here; delete it, or unpack it and repeat this",
		"bleibt: das Rohprotokoll %[2]s, das hier nicht lesbar ist; löschen, oder auspacken und dies wiederholen"},
	"broker": {
		"left: what the broker retains, which is not reached now; it is corrected when the gateway is connected again%.0[1]s%.0[2]s",
		"bleibt: was der Broker behält, der jetzt nicht erreichbar ist; es wird berichtigt, sobald das Gateway wieder verbunden ist%.0[1]s%.0[2]s"},
	"broker_clients": {
		"left: messages that wait at the broker for clients that are away, and what others retain there, if the number is in them; end those sessions at the broker%.0[1]s%.0[2]s",
		"bleibt: Nachrichten, die beim Broker auf abwesende Clients warten, und was andere dort behalten lassen, falls die Nummer darin steht; diese Sitzungen beim Broker beenden%.0[1]s%.0[2]s"},
	"damaged_broker": {
		"left: %[2]s in the data directory, a damaged file of the embedded broker that was set aside; delete it if nothing shall be rescued from it",
		"bleibt: %[2]s im Datenverzeichnis, eine beschädigte Datei des eingebauten Brokers; löschen, wenn nichts daraus zu retten ist"},
}
