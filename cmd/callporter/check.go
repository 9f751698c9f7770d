package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/config"
)

func newCheck() *cobra.Command {
	var path string
	var asJSON, switchOn bool
	var o check.Options
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find out what is wrong with box, broker and this computer",
		Long: `Read the configuration as run would, then look at this computer, probe each box
and the broker, and say what was found: what is well, and what is not with its
likely cause and what to do. Problems stand first. The texts are in the configured
language. It takes at most 15 seconds.

Nothing is changed. There is one login at the broker, with the configured name and
password, where one message is published below <base>/check, which nobody keeps, to
see whether it comes back; and one at each box whose password is set, to compare its
numbers, phonebooks and lists with the configuration. A login that a box refuses is
counted in the data directory together with those of the gateway: after two callporter
tries that password no more, since the box locks its users out. If it was put right at the
box, --retry-password tries it once more; a gateway that runs then has access again within
ten minutes, or with callporter command refresh at once.

It may run beside a running gateway and says so. Run it as the same user and on the
same computer or in the same container, or it looks at other things than the gateway.

With --wait listen to each box so long for a call, so that a test call shows whether
calls arrive and what is wrong with them. It ends soon after the first line.

With --switch-on-monitor each box whose call monitor is off dials #96*5* by its dialling
aid (Telephony > Calls > Dialling Aid), which nothing else here ever does. The phone that
is set there rings; who lifts it within a minute has the box dial, and the check waits
until the call monitor answers. It needs a password of the box. callporter undo --list
shows afterwards what was dialled.

The report can be shown to others: no password is in it, and of telephone numbers, in
topics too, the last three digits are missing. Addresses are as they are.

With --json print {"ok", "problems", "warnings", "findings": [{check, box, state, code,
message, cause, hint}]}; state is ok, warning or problem.

Exit codes: 0 no problem, maybe warnings, 1 at least one problem or stopped, 2 wrong
usage, 3 unusable configuration.`,
		Example: `  callporter check
  callporter check --wait 60s
  callporter check --json | jq -r '.findings[] | select(.state == "problem") | .code'`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Wait < 0 || o.Wait > time.Hour {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--wait %v is not between 0s and 1h", o.Wait), cli.UsageHint(cmd))
			}
			p := findingsPrinter{to: cmd.OutOrStdout(), json: asJSON}
			cfg, err := cli.LoadConfig(path)
			cfg.Language = languageOf(cmd)
			p.language, p.boxes = cfg.Language, len(cfg.Boxes)
			if err != nil {
				if asJSON {
					return errors.Join(p.print(check.Config(cli.ErrorIn(p.language, err), p.language)), err)
				}
				return err
			}
			o.Source = config.FilePath(cli.ConfigPath(path))
			o.Listening = callPrompt(cmd.ErrOrStderr(), cfg.Language, o.Wait)
			if switchOn {
				o.SwitchOn = liftPrompt(cmd.ErrOrStderr(), cfg.Language)
			}
			return p.report(cmd.Context(), check.Run(cmd.Context(), cfg, o))
		},
	}
	cli.ConfigFlag(cmd, &path)
	cmd.Flags().DurationVar(&o.Wait, "wait", 0, "listen so long for a test call, such as 60s; `TIME` up to 1h")
	cmd.Flags().BoolVar(&o.RetryPassword, "retry-password", false, "try a password once more that the box has refused twice")
	cmd.Flags().BoolVar(&switchOn, "switch-on-monitor", false, "have a box whose call monitor is off dial #96*5* by its dialling aid; a phone rings, and somebody has to lift it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

// callPrompt returns a function that asks once for a test call.
func callPrompt(to io.Writer, l call.Language, wait time.Duration) func(string) {
	var once sync.Once
	return func(string) {
		once.Do(func() {
			fmt.Fprintf(to, l.Pick("listening for %v: call one of your numbers from outside now\n",
				"es wird %v lang gelauscht: jetzt von außen eine eigene Nummer anrufen\n"), wait)
		})
	}
}

// liftPrompt returns a function that says which phone is about to ring.
func liftPrompt(to io.Writer, l call.Language) func(box, phone string) {
	var one sync.Mutex
	return func(box, phone string) {
		one.Lock()
		defer one.Unlock()
		fmt.Fprintf(to, l.Pick("%s dials #96*5*, which switches its call monitor on: “%s” rings now, lift it within a minute\n",
			"%s wählt #96*5*, das schaltet ihren Anrufmonitor ein: jetzt klingelt „%s“, innerhalb einer Minute abheben\n"), box, phone)
	}
}

// findingsPrinter prints the findings of a check.
type findingsPrinter struct {
	to       io.Writer
	json     bool
	language call.Language
	boxes    int
	stopped  bool // not everything was looked at
}

// report prints the findings and returns the error the command ends with.
func (p findingsPrinter) report(ctx context.Context, found []check.Finding) error {
	p.stopped = ctx.Err() != nil
	if err := p.print(found); err != nil {
		return err
	}
	if p.stopped {
		return errors.New("stopped before the end of the check")
	}
	if problems, _ := countStates(found); problems > 0 {
		return cli.Fail(cli.ExitFailed, errReported, "")
	}
	return nil
}

func countStates(found []check.Finding) (problems, warnings int) {
	for _, f := range found {
		switch f.State {
		case check.Problem:
			problems++
		case check.Warning:
			warnings++
		}
	}
	return problems, warnings
}

func (p findingsPrinter) print(found []check.Finding) error {
	problems, warnings := countStates(found)
	if p.json {
		to := json.NewEncoder(p.to)
		to.SetEscapeHTML(false)
		return to.Encode(struct {
			OK       bool            `json:"ok"`
			Problems int             `json:"problems"`
			Warnings int             `json:"warnings"`
			Findings []check.Finding `json:"findings"`
		}{problems == 0 && !p.stopped, problems, warnings, found})
	}
	for _, group := range groupedByCause(found) {
		p.findings(group)
	}
	if p.stopped {
		return nil
	}
	_, err := fmt.Fprintln(p.to, "\n"+p.summary(problems, warnings))
	return err
}

func (p findingsPrinter) summary(problems, warnings int) string {
	if problems+warnings == 0 {
		return p.language.Pick("All is well.", "Alles ist gut.")
	}
	return cli.Counted(problems, p.language.Pick("problem", "Problem"), p.language.Pick("problems", "Probleme")) + ", " +
		cli.Counted(warnings, p.language.Pick("warning", "Warnung"), p.language.Pick("warnings", "Warnungen"))
}

// groupedByCause puts findings together that have the same code and the same cause, or the
// same hint where there is no cause.
func groupedByCause(found []check.Finding) (groups [][]check.Finding) {
	for _, f := range found {
		i := slices.IndexFunc(groups, func(group []check.Finding) bool {
			first := group[0]
			return first.State == f.State && first.Code == f.Code && first.Cause == f.Cause &&
				(f.Cause != "" || f.Hint != "" && first.Hint == f.Hint)
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// findings prints findings of one cause: their states in front, the cause and the hints once
// below.
func (p findingsPrinter) findings(group []check.Finding) {
	state := map[check.State]string{
		check.OK: "ok", check.Warning: p.language.Pick("warning", "Warnung"), check.Problem: "PROBLEM",
	}[group[0].State]
	var hints []string
	for _, f := range group {
		if p.boxes > 1 && f.Box != "" {
			f.Message = f.Box + ": " + f.Message
		}
		p.paragraph(state, f.Message)
		if f.Hint != "" && !slices.Contains(hints, f.Hint) {
			hints = append(hints, f.Hint)
		}
	}
	if cause := group[0].Cause; cause != "" {
		p.paragraph("", p.language.Pick("Cause: ", "Ursache: ")+cause)
	}
	for _, hint := range hints {
		do := p.language.Pick("Do: ", "Abhilfe: ")
		if group[0].State == check.OK { // nothing has to be done
			do = p.language.Pick("Tip: ", "Tipp: ")
		}
		p.paragraph("", do+hint)
	}
}

// paragraph prints a text beside the margin, wrapped at 80 characters. A longer word stays
// whole.
func (p findingsPrinter) paragraph(margin, text string) {
	const indent, width = 9, 80
	line := fmt.Sprintf("%-*s", indent, margin)
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			fmt.Fprintln(p.to, line)
			line, empty = strings.Repeat(" ", indent), true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	fmt.Fprintln(p.to, line)
}
