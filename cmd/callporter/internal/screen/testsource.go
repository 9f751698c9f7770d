package screen

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// testSource asks one source about a number and prints what it has read where.
func (f *flags) testSource(cmd *cobra.Command, number string, cfg config.Config, version string) error {
	usual := f.usual(cfg)
	if _, err := new(plans).of(usual); err != nil {
		return cli.Fail(cli.ExitUsage, err, cli.UsageHint(cmd))
	}
	cfg.Boxes = []config.Box{{Country: usual.country, AreaCode: usual.area}}
	trace, err := gateway.TraceSource(cmd.Context(), &cfg, online.ClientOptions{Version: version}, f.source, f.url, number)
	if wrong, ok := errors.AsType[*site.OptionError](err); ok {
		return cli.Fail(cli.ExitUsage, wrong, cli.UsageHint(cmd))
	}
	if err != nil {
		return cli.Fail(cli.ExitUsage, err, "")
	}
	if f.json {
		err = printTraceJSON(cmd.OutOrStdout(), &trace, cfg.Language)
	} else {
		err = printTrace(cli.NewTable(cmd.OutOrStdout()), &trace, cfg.Language)
	}
	if err != nil {
		return err
	}
	if trace.Err != nil {
		return cli.Fail(cli.ExitFailed, errors.New("the source cannot be read"), "")
	}
	return nil
}

// printTrace prints a row for each step, and what the source says of the number.
func printTrace(t cli.Table, trace *screening.Trace, l call.Language) error {
	for i := range trace.Steps {
		s := &trace.Steps[i]
		mark := ""
		if s.Failed {
			mark = l.Pick("FAILED", "FEHLER")
		}
		if err := t.Row(mark, s.Key, s.Source, quoted(s.Texts), s.Meaning.In(l)); err != nil {
			return err
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	took := trace.Took.Round(time.Millisecond)
	for i := range trace.Findings {
		e := &trace.Findings[i].Evidence
		if err := t.Row(fmt.Sprintf("%s %+d: %s (%s)", trace.Source, e.Weight, e.Detail, took)); err != nil {
			return err
		}
	}
	if len(trace.Findings) == 0 && trace.Err == nil && trace.Asked() {
		text := l.Pick("it does not know the number", "die Nummer ist dort unbekannt")
		if err := t.Row(fmt.Sprintf("%s: %s (%s)", trace.Source, text, took)); err != nil {
			return err
		}
	}
	return t.Flush()
}

// quoted are the first texts that a selector has found.
func quoted(texts []string) string {
	const most, longest = 5, 40
	var b strings.Builder
	for i, text := range texts {
		if i == most {
			b.WriteString(" …")
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%q", site.Plain(text, longest))
	}
	return b.String()
}
