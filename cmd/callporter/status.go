package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/query"
)

func newStatus() *cobra.Command {
	var path string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the running gateway is doing",
		Long: `Show on one screen how the running gateway is doing: first what is wrong and what to do
about it, then its connections and since when they stand, the last call, missed calls
and new voice messages. Texts are in the configured language, times in the zone of the
box. It asks the gateway itself; callporter check probes box and broker from here, and
works without a gateway.

With --json print {ok, running, problems: [{box, part, state, since, reason, hint}],
status}; status is null where no gateway runs, else what the gateway tells.

Exit codes: 0 all is well, 1 something is wrong or no gateway runs, 2 wrong usage,
3 unusable configuration.`,
		Example: `  callporter status
  callporter status --json | jq -r '.problems[].hint'`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			here, err := findGateway(cmd.Context(), path)
			if err != nil {
				return err
			}
			p := statusPrinter{to: cmd.OutOrStdout(), language: here.config.Language}
			if !here.running {
				return p.nothingRuns(&here, asJSON)
			}
			s, err := statusOf(cmd.Context(), here.config.Data)
			if err != nil {
				return err
			}
			if p.wrong = problemsIn(&s); asJSON {
				err = p.json(&s)
			} else {
				err = p.screen(&here, &s)
			}
			if err == nil && len(p.wrong) > 0 {
				return cli.Fail(cli.ExitFailed, errReported, "")
			}
			return err
		},
	}
	cli.ConfigFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func statusOf(ctx context.Context, data string) (query.Status, error) {
	s, err := askStatus(ctx, data)
	switch {
	case errors.Is(err, errOtherVersion):
		return s, cli.Fail(cli.ExitFailed, errors.New("read status: the gateway that runs is of another version of callporter"), "start it again, so that both are the same")
	case err != nil:
		return s, cli.Fail(cli.ExitFailed, sendHint(err, data), "")
	}
	return s, nil
}

// partProblem is a part of the gateway about which something is to be done.
type partProblem struct {
	Box  string `json:"box"`  // "" where it belongs to all
	Part string `json:"part"` // broker, journal, source, monitor, tr064, sip
	query.Link
}

// problemsIn returns what is wrong.
func problemsIn(s *query.Status) []partProblem {
	all := []partProblem{{"", "broker", s.Broker}, {"", "journal", s.Journal}}
	for _, source := range s.Screening.Sources {
		all = append(all, partProblem{"", "source", source.Link})
	}
	for _, b := range s.Boxes {
		all = append(all, partProblem{b.ID, "monitor", b.Monitor}, partProblem{b.ID, "tr064", b.TR064}, partProblem{b.ID, "sip", b.SIP})
	}
	wrong := []partProblem{}
	for _, p := range all {
		if p.Wrong() {
			wrong = append(wrong, p)
		}
	}
	return wrong
}

// partNames are the names of the parts for people.
var partNames = map[string]call.Text{
	"broker": {"broker", "Broker"}, "journal": {"journal", "Journal"}, "monitor": {"call monitor", "Anrufmonitor"},
	"tr064": {"access to the box", "Zugang zur Box"}, "sip": {"softphone", "Softphone"}, "fastagi": {"FastAGI", "FastAGI"},
	"source": {"source", "Quelle"}, "screening": {"screening", "Prüfung der Anrufer"},
}

// stateNames are the states for people.
var stateNames = map[string]call.Text{
	"up": {"up", "in Ordnung"}, "down": {"down", "getrennt"}, "connecting": {"connecting", "verbindet sich"},
	"silent": {"silent", "stumm"}, "off": {"off", "aus"}, "limited": {"limited", "eingeschränkt"},
}

// stateName is the state of a part for people: one that answers, but not everything, is limited.
func stateName(l query.Link, language call.Language) string {
	if l.State == "up" && l.Wrong() {
		return stateNames["limited"].In(language)
	}
	return stateNames[l.State].In(language)
}

type statusPrinter struct {
	to       io.Writer
	language call.Language
	wrong    []partProblem
}

// nothingRuns says that no gateway runs, and what to do.
func (p *statusPrinter) nothingRuns(here *found, asJSON bool) error {
	if asJSON {
		p.wrong = []partProblem{}
		if err := p.json(nil); err != nil {
			return err
		}
	}
	switch {
	case !control.Supported:
		return cli.Fail(cli.ExitFailed, errors.New("this system has no command socket to ask a gateway by"), "callporter healthcheck asks it by HTTP")
	case datadir.InUse(here.config.Data):
		return cli.Fail(cli.ExitFailed, fmt.Errorf("%s is in use, and nobody answers there", here.config.Data),
			"a gateway is starting or another command is at work: try again in a moment")
	}
	if err := here.usable(false); err != nil {
		return cli.Fail(cli.ExitFailed, err, hintOf(err))
	}
	return cli.Fail(cli.ExitFailed, fmt.Errorf("no gateway is running on %s", here.config.Data),
		"start it with callporter run; callporter check finds out what would keep it from working")
}

func hintOf(err error) string {
	var f *cli.Failure
	if errors.As(err, &f) {
		return f.Hint
	}
	return ""
}

func (p *statusPrinter) json(s *query.Status) error {
	to := json.NewEncoder(p.to)
	to.SetEscapeHTML(false)
	return to.Encode(struct {
		OK       bool          `json:"ok"`
		Running  bool          `json:"running"`
		Problems []partProblem `json:"problems"`
		Status   *query.Status `json:"status"`
	}{s != nil && len(p.wrong) == 0, s != nil, p.wrong, s})
}

// screen prints the problems first, and then everything else.
func (p *statusPrinter) screen(here *found, s *query.Status) error {
	l := p.language
	for _, w := range p.wrong {
		p.problem(w, len(s.Boxes) > 1)
	}
	if len(p.wrong) > 0 {
		fmt.Fprintln(p.to)
	}
	t := cli.NewTable(p.to)
	row := func(cells ...string) { _ = t.Row(cells...) } // Flush has the error
	row("callporter", s.Version, p.since(s.Since, l.Pick("runs since ", "läuft seit ")))
	row(l.Pick("configuration", "Konfiguration"), cmp.Or(s.Config, l.Pick("none, only defaults and environment", "keine, nur Vorgaben und Umgebung")))
	row(l.Pick("data", "Daten"), s.Data)
	broker := s.Broker.Name
	if address := s.Ports["broker.listen"]; address != "" {
		broker = l.Pick("embedded, ", "eingebaut, ") + address
	}
	p.link(row, "broker", s.Broker, broker)
	if address := s.Ports["web.listen"]; address != "" {
		row("web", "", "", address)
	}
	p.link(row, "journal", s.Journal, "")
	p.screening(row, &s.Screening)
	for _, b := range s.Boxes {
		row()
		row(cmp.Or(b.Model, b.Name), b.ID, b.Firmware)
		if b.Asterisk {
			p.link(row, "fastagi", b.Monitor, s.Ports["asterisk.listen"])
		} else {
			p.link(row, "monitor", b.Monitor, "")
			note := ""
			if b.TR064.State == "off" {
				note = l.Pick("no password of the box is set: no names, no lists", "kein Passwort der Box gesetzt: keine Namen, keine Listen")
			}
			p.link(row, "tr064", b.TR064, note)
		}
		if b.SIP.State != "off" {
			p.link(row, "sip", b.SIP, "")
		}
		row(l.Pick("last call", "letzter Anruf"), p.lastCall(here, &b))
		row(l.Pick("missed calls", "verpasste Anrufe"), strconv.Itoa(b.Missed))
		if b.NewVoice != nil {
			row(l.Pick("new voice messages", "neue Nachrichten"), strconv.Itoa(*b.NewVoice))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	p.suggestion(s.Screening.Suggestion)
	if len(p.wrong) == 0 {
		_, err := fmt.Fprintln(p.to, "\n"+l.Pick("All is well.", "Alles ist gut."))
		return err
	}
	return nil
}

// problem prints what is wrong, and what to do.
func (p *statusPrinter) problem(w partProblem, several bool) {
	f := findingsPrinter{to: p.to}
	what := partNames[w.Part].In(p.language)
	if w.Part == "source" {
		what += " " + w.Name
	}
	if several && w.Box != "" {
		what = w.Box + ": " + what
	}
	f.paragraph("PROBLEM", cli.Printable(fmt.Sprintf("%s: %s%s", what, stateName(w.Link, p.language), p.reason(w.Link))))
	if w.Hint != "" {
		f.paragraph("", cli.Printable(p.language.Pick("Do: ", "Abhilfe: ")+w.Hint))
	}
}

// reason is what follows the state of a part that is wrong: since when, and its code where
// nothing else explains it.
func (p *statusPrinter) reason(l query.Link) string {
	text := p.since(l.Since, p.language.Pick(" since ", " seit "))
	if l.Hint == "" && l.Reason != "" && l.Reason != l.State { // a hint says more
		text += " (" + l.Reason + ")"
	}
	return text
}

func (p *statusPrinter) link(row func(...string), part string, l query.Link, note string) {
	since := ""
	if l.State != "off" {
		since = p.since(l.Since, p.language.Pick("since ", "seit "))
	}
	row(partNames[part].In(p.language), stateName(l, p.language), since, note)
}

// since writes a time as the gateway has given it, which is in the zone of the box.
func (p *statusPrinter) since(t time.Time, before string) string {
	if t.IsZero() {
		return ""
	}
	return before + cli.Minute(t)
}

// lastCall writes the last call as the table of callporter calls does.
func (p *statusPrinter) lastCall(here *found, b *query.BoxStatus) string {
	if b.LastCall == nil {
		return p.language.Pick("none yet", "noch keiner")
	}
	c := query.Call{Box: b.ID, Call: *b.LastCall}
	own := (&client{boxes: here.config.Lines()}).ownNumber(&c)
	text := ""
	for _, cell := range callCells(&c, own, false, p.language) {
		if cell != "" {
			text += "  " + cell
		}
	}
	return text[min(len(text), 2):]
}
