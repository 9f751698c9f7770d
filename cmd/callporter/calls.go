package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt/document"
)

// callsFlags say which calls are listed, and how.
type callsFlags struct {
	client                               clientFlags
	number, name, outcome, verdict, line string
	direction, since, until              string
	limit                                int
	all, asCSV, mask                     bool
}

func newCalls() *cobra.Command {
	var f callsFlags
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "List the calls of the journal",
		Long: `List the calls that callporter remembers, newest first, in the time of the box.
All filters have to fit. Numbers are shown in full unless --mask is given.

` + cli.SinceText + `

With --json print one call a line, as it is published by MQTT, and its box: {box, id,
direction, phase, outcome, caller: {number, display, name, withheld, network_number, kind,
place, country}, callee: {number, display, name, msn}, extension, device, trunk, verdict,
score, reason, reason_code, evidence: [{source, reason, weight, detail}], action, started,
answered, ended, ring_seconds, talk_seconds}. With --csv print a table for spreadsheets, with
the same names (caller.number), and evidence.source for the sources of the evidence; a text
that a spreadsheet would take for a formula begins with an apostrophe. Both are complete with
--all.

` + clientText + `

` + clientExits,
		Example: `  callporter calls --since yesterday
  callporter calls --outcome missed,voicemail --since 7d --json | jq -r .caller.number
  callporter calls --number 030231* --all --csv --mask > calls.csv`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := f.args(cmd, time.Now()); err != nil { // before anything is opened
				return err
			}
			return f.client.connect(cmd, false, func(d *client) error {
				args, err := f.args(cmd, time.Now().In(d.zone()))
				if err != nil {
					return err
				}
				return f.list(d, args)
			})
		},
	}
	f.client.addFor(cmd, "all")
	f.client.readOnly = true
	flags := cmd.Flags()
	flags.StringVar(&f.number, "number", "", "calls from or to this `NUMBER`; with * behind it, to all that begin so; withheld = without one")
	flags.StringVar(&f.name, "name", "", "calls with this `TEXT` in the name")
	flags.StringVar(&f.outcome, "outcome", "", "`WORDS`, several with commas: answered, missed, unanswered, rejected, blocked, …")
	flags.StringVar(&f.verdict, "verdict", "", "`WORDS`: allowed, unknown, suspicious, spam")
	flags.StringVar(&f.line, "line", "", "calls on this own `NUMBER`, or that of this name")
	flags.StringVar(&f.direction, "direction", "", "`WORD`: incoming or outgoing")
	flags.StringVar(&f.since, "since", "", "calls that began at this `TIME` or later")
	flags.StringVar(&f.until, "until", "", "calls that began before this `TIME`; a day counts whole")
	flags.IntVar(&f.limit, "limit", 50, "at most so many `CALLS`")
	flags.BoolVar(&f.all, "all", false, "all there are, in the place of --limit")
	flags.BoolVar(&f.asCSV, "csv", false, "print CSV")
	nameLines(cmd, &f.client.path)
	flags.BoolVar(&f.mask, "mask", false, "replace the last three digits of every number by xxx")
	return cmd
}

// args are the arguments of the question.
func (f *callsFlags) args(cmd *cobra.Command, now time.Time) (map[string]string, error) {
	switch {
	case f.limit < 1:
		return nil, cli.Fail(cli.ExitUsage, fmt.Errorf("--limit %d is below 1", f.limit), "--all lists all calls")
	case f.all && cmd.Flags().Changed("limit"):
		return nil, cli.Fail(cli.ExitUsage, errors.New("--all and --limit exclude each other"), "")
	case f.asCSV && f.client.json:
		return nil, cli.Fail(cli.ExitUsage, errors.New("--csv and --json exclude each other"), "")
	}
	for name, words := range map[string]struct {
		given string
		all   []string
	}{
		"--outcome": {f.outcome, names(call.Outcomes)}, "--verdict": {f.verdict, names(call.Judgements)},
		"--direction": {f.direction, names([]call.Direction{call.Incoming, call.Outgoing})},
	} {
		if words.given == "" {
			continue
		}
		for word := range strings.SplitSeq(words.given, ",") {
			if !strings.Contains(" "+strings.Join(words.all, " ")+" ", " "+strings.TrimSpace(word)+" ") {
				return nil, cli.Fail(cli.ExitUsage, fmt.Errorf("%s %q is not known", name, word), "it is one of "+strings.Join(words.all, ", "))
			}
		}
	}
	args := map[string]string{
		"number": f.number, "name": f.name, "outcome": f.outcome, "verdict": f.verdict,
		"line": f.line, "direction": f.direction, "mask": strconv.FormatBool(f.mask),
	}
	for name, text := range map[string]string{"since": f.since, "until": f.until} {
		if text == "" {
			continue
		}
		t, err := cli.ParseTime(text, now, name == "until")
		if err != nil {
			return nil, cli.Fail(cli.ExitUsage, fmt.Errorf("--%s: %w", name, err), "such as 7d, 12h, yesterday, 2026-11-21 or \"2026-11-21 18:00\"")
		}
		args[name] = t.Format(time.RFC3339)
	}
	return args, nil
}

func names[T interface{ String() string }](all []T) (words []string) {
	for _, t := range all {
		words = append(words, t.String())
	}
	return words
}

// list fetches page after page and prints it.
func (f *callsFlags) list(d *client, args map[string]string) error {
	printer, err := f.printer(d)
	if err != nil {
		return err
	}
	left := f.limit
	for more := true; more; {
		args["limit"] = "200"
		if !f.all {
			args["limit"] = strconv.Itoa(min(left, 200))
		}
		var page struct {
			Calls []query.Call
			Next  string
		}
		if err := d.ask("calls", args, &page); err != nil {
			return err
		}
		for i := range page.Calls {
			if err := printer.call(&page.Calls[i]); err != nil {
				return err
			}
		}
		left -= len(page.Calls)
		args["before"] = page.Next
		more = page.Next != "" && (f.all || left > 0)
	}
	return printer.end()
}

// callPrinter prints calls in one of the forms.
type callPrinter struct {
	call func(*query.Call) error
	end  func() error
}

func (f *callsFlags) printer(d *client) (*callPrinter, error) {
	format := query.JSONLines
	if f.asCSV {
		format = query.CSV
	}
	if f.asCSV || d.json {
		x, err := query.NewExporter(d.out, format)
		if err != nil {
			return nil, err
		}
		return &callPrinter{x.Write, x.End}, nil
	}
	table, count := cli.NewTable(d.out), 0
	row := func(c *query.Call) error {
		if count++; count%1000 == 0 { // the width of all columns needs memory
			if err := table.Flush(); err != nil {
				return err
			}
		}
		return table.Row(callCells(c, d.ownNumber(c), d.showBox, d.language)...)
	}
	return &callPrinter{row, func() error {
		if count == 0 {
			d.say("no calls", "keine Anrufe")
		}
		return table.Flush()
	}}, nil
}

// germanOutcomes are the words of the German table.
var germanOutcomes = map[string]string{
	"answered": "angenommen", "missed": "verpasst", "unanswered": "nicht erreicht", "rejected": "abgewiesen",
	"blocked": "gesperrt", "voicemail": "Anrufbeantworter", "lost": "verloren", "": "läuft",
}

// callCells are the cells of a call's row: when, which way, who, on which number (own is
// how it is shown), how it went.
func callCells(c *query.Call, own string, where bool, lang call.Language) []string {
	began := ""
	if c.Started != nil {
		began = cli.Minute(c.Started.Parse())
	}
	arrow, place := "←", c.Caller.Place
	if c.Direction == call.Outgoing.String() {
		arrow, place = "→", placeOf(c.Callee.Number)
	}
	peer, ours := sides(c)
	number := cmp.Or(peer.Number.National, lang.Pick("withheld", "unterdrückt"))
	who := peer.Name
	if who == "" && place != "" {
		who = "(" + place + ")"
	}
	if strings.HasPrefix(c.Caller.Label, document.InjectedLabel) {
		who = strings.TrimSpace(document.InjectedLabel + who)
	}
	outcome := cmp.Or(c.Outcome, lang.Pick("goes on", ""))
	if lang == call.German {
		outcome = cmp.Or(germanOutcomes[c.Outcome], c.Outcome)
	}
	course := ""
	switch {
	case c.TalkSeconds > 0:
		course = cli.Lasted(int(c.TalkSeconds), lang)
	case c.RingSeconds > 0:
		course = lang.Pick("rang ", "geklingelt ") + cli.Lasted(int(c.RingSeconds), lang)
	}
	verdict := ""
	if c.Verdict != "unknown" && c.Score != nil {
		verdict = word(verdictWords, c.Verdict, lang)
		if c.Verdict != "allowed" { // who is listed has no score
			verdict += " " + strconv.Itoa(*c.Score)
		}
	}
	cells := []string{began, arrow, number, who, cmp.Or(ours.Name, own), outcome, course, verdict}
	if where {
		cells = append(cells, c.Box)
	}
	return cells
}

// sides are the other side of a call and our own.
func sides(c *query.Call) (peer, own call.Party) {
	side := func(number, display, name string) call.Party {
		if number != "" {
			number = "+" + strings.TrimPrefix(number, "+") // call.Own compares what is behind the plus
		}
		return call.Party{Number: call.Number{E164: number, National: display}, Name: name}
	}
	both := call.Call{
		Direction: call.Incoming, MSN: c.Callee.MSN,
		Caller: side(c.Caller.Number, c.Caller.Display, c.Caller.Name),
		Callee: side(c.Callee.Number, c.Callee.Display, c.Callee.Name),
	}
	if c.Direction == call.Outgoing.String() {
		both.Direction = call.Outgoing
	}
	return both.Peer(), both.Own()
}

// placeOf is the place of a complete number. The ends of masked ones play no part in it.
func placeOf(number string) string {
	if !strings.HasPrefix(number, "+") {
		return ""
	}
	return new(call.Plan).Number(strings.ReplaceAll(number, "x", "0")).Place
}

// ownNumber is an own number as people write it, where it is one of the box's country.
func (d *client) ownNumber(c *query.Call) string {
	msn := c.Callee.MSN
	i := slices.IndexFunc(d.boxes, func(b config.Box) bool { return b.ID == c.Box })
	if i < 0 {
		return msn
	}
	plan, err := call.NewPlan(d.boxes[i].Country, d.boxes[i].AreaCode, nil)
	if err != nil {
		return msn
	}
	if n := plan.Number("+" + msn); n.E164 != "" && n.Country == plan.Country && !strings.HasPrefix(n.National, "+") {
		return n.National
	}
	return msn
}
