package main

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newCaller() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "caller NUMBER",
		Short: "Tell what is known about a number",
		Long: `Tell what callporter knows about a number: its name in the phonebooks, where it is from,
how often it called and was called, whether it is on an own list, and the verdict about it by
what is known in the house. callporter screen also asks the sources that are switched on.

With --json print {number, display, name, kind, place, country, known, first, last, calls,
dialled, answered, early_hung_up, talk_seconds, allowed, blocked, verdict, score, reason,
reason_code, evidence: [{source, reason, weight, detail}]}; allowed and blocked are null or {list,
number, name, who, why, added, expires}, verdict and score null where nobody is judged.

` + clientText + `

` + clientExits,
		Example: `  callporter caller "030 23125123"
  callporter caller +493023125123 --json | jq .calls`,
		Args: cobra.MatchAll(cli.OneArgument("a number"), notLast),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.connect(cmd, false, func(d *client) error {
				var raw json.RawMessage
				if err := d.ask("caller", map[string]string{"number": args[0]}, &raw); err != nil {
					return err
				}
				if d.json {
					return d.print(raw)
				}
				return printCaller(d, raw)
			})
		},
	}
	f.addFor(cmd, "all")
	f.readOnly = true
	return cmd
}

func printCaller(d *client, raw json.RawMessage) error {
	var c struct {
		Number, Display, Name, Kind, Place string
		Known                              bool
		First, Last                        time.Time
		Calls, Dialled, Answered           int
		EarlyHungUp                        int `json:"early_hung_up"`
		Talk                               int `json:"talk_seconds"`
		Allowed, Blocked                   *listEntry
		Verdict, Reason                    string
		Score                              int
		Evidence                           []struct{ Detail string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	t, l := cli.NewTable(d.out), d.language
	rows := [][]string{{l.Pick("number", "Nummer"), cmp.Or(c.Display, c.Number)}, {"", c.Number}}
	if c.Display == c.Number || c.Display == "" {
		rows = rows[:1]
	}
	add := func(english, german, value string) {
		if value != "" {
			rows = append(rows, []string{l.Pick(english, german), value})
		}
	}
	add("name", "Name", c.Name)
	add("kind", "Art", word(kindWords, c.Kind, l))
	add("place", "Ort", c.Place)
	if c.Known {
		add("first", "zuerst", cli.Minute(c.First))
		add("last", "zuletzt", cli.Minute(c.Last))
		add("called", "hat angerufen", strconv.Itoa(c.Calls))
		add("answered", "angenommen", strconv.Itoa(c.Answered))
		add("hung up early", "früh aufgelegt", strconv.Itoa(c.EarlyHungUp))
		add("was called", "wurde angerufen", strconv.Itoa(c.Dialled))
		add("talked", "gesprochen", cli.Lasted(c.Talk, l))
	} else {
		add("calls", "Anrufe", l.Pick("none", "keine"))
	}
	if c.Allowed != nil {
		add("allowed", "erlaubt", c.Allowed.text(l))
	}
	if c.Blocked != nil {
		add("blocked", "gesperrt", c.Blocked.text(l))
	}
	if c.Verdict != "" {
		verdict := word(verdictWords, c.Verdict, l)
		if c.Verdict != "allowed" {
			verdict += " " + strconv.Itoa(c.Score)
		}
		add("verdict", "Urteil", verdict+": "+c.Reason)
		if len(c.Evidence) > 1 {
			for _, e := range c.Evidence {
				rows = append(rows, []string{"", e.Detail})
			}
		}
	}
	for _, row := range rows {
		if err := t.Row(row...); err != nil {
			return err
		}
	}
	return t.Flush()
}
