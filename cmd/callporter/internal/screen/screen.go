// Package screen is the subcommand screen: what screening makes of numbers, by the gateway that
// runs or by the number plan alone.
package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/query"
)

// Gateway is a gateway: the one that runs or, without one, this process in its place.
type Gateway interface {
	// Ask asks a question of a gateway and decodes the data of its answer.
	Ask(name string, args map[string]string, into any) error
}

// Connect runs do with the gateway of a configuration file, "" = the usual one, for a box, "" =
// the first. Without a gateway it returns an error and does not run it.
type Connect func(cmd *cobra.Command, path, box string, do func(Gateway, config.Config) error) error

// Options are what the command needs of the program.
type Options struct {
	Version string // of callporter
	Connect Connect
	// Inject gives the gateway that runs the order inject with these numbers.
	Inject func(cmd *cobra.Command, path, box, numbers string, asJSON bool) error
}

// flags are what the command was asked for.
type flags struct {
	path, box              string
	country, area, file    string
	explain, json, offline bool
	check                  bool
	source, url, inject    string
}

// Command returns the subcommand screen.
func Command(o Options) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "screen [NUMBER...]",
		Short: "Judge numbers as if they called",
		Long: `Judge numbers as if they called now: what kind of number it is, where it is from, the verdict
allowed, unknown, suspicious or spam with its score from 0 to 100, and why. Nobody is called,
and nothing is written. "" stands for a caller who withholds the number, and a pair such as
"08002345678(03023125900)" for one with a number of his own and one of the network.

It asks the running gateway, with own lists, phonebooks, history, copies of reputation lists and,
if nothing there decides, the sources that are switched on. Where none runs, it does the same by
itself, in the data directory of the configuration; without a configuration, or with --offline,
the number plan alone judges, and no number leaves this computer.

--file reads a list, one number a line, where # begins a comment; or a table (CSV) with the column
number and maybe own_area_code, country, expected_class and expected_reason. Of a list no source
outside the house is asked. FILE - is standard input.

--test-source asks one source about NUMBER, whether or not it is switched on, and shows what stood
where: which selector of a web page matched what, and which one no longer does. The source gets
the number. With --url it is read at another address, which may have {national}, {e164}, {digits}
or {international} in it.

--inject has the next calls take the numbers of a list in the place of their callers', to see what
callporter makes of them. It needs a running gateway, and ends with the list, after an hour or by
--inject none. Such a call is marked TEST, with the evidence inject, and nothing is learnt from
it; but it is treated as its number deserves, whoever really calls: use your own telephone.

With --json print one number a line: {input, e164, national, class, class_reason, place, network,
network_number, country, name, verdict, score, reason, reason_code, evidence: [{source, reason,
weight, detail}]}; with --explain also checks: [{source, took_us, found, error}]; of a table with
expectations also expected_class and expected_reason. With --test-source print {source, took_ms,
steps: [{key, source, texts, meaning, ok}], name, evidence, error}; with --inject the result:
{request, command, ok, error, data, call}.

Exit codes: 0 judged, whatever the verdict, 1 FILE or the source cannot be read, or with --check a
number is not what FILE expects, 2 wrong usage, 3 unusable configuration, 4 with --inject no
gateway is running.`,
		Example: `  callporter screen --area-code 030 "030 23125123" 02075123456
  callporter screen --explain 01713920055
  callporter screen --json --file numbers.txt | jq -r 'select(.verdict == "spam") | .input'
  callporter screen --file cases.csv --check
  callporter screen --test-source werruft 03023125123
  callporter screen --inject numbers.txt`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.inject != "" && (len(args) > 0 || f.file != "" || f.source != "" || f.offline):
				return cli.Fail(cli.ExitUsage, errors.New("--inject goes alone"), cli.UsageHint(cmd))
			case f.inject != "":
				return nil
			case len(args) == 0 && f.file == "":
				return cli.Fail(cli.ExitUsage, errors.New("a number is missing"), cli.UsageHint(cmd))
			case len(args) > 0 && f.file != "":
				return cli.Fail(cli.ExitUsage, errors.New("numbers and --file exclude each other"), cli.UsageHint(cmd))
			case f.check && f.file == "":
				return cli.Fail(cli.ExitUsage, errors.New("--check is for --file"), cli.UsageHint(cmd))
			case f.source != "" && (len(args) != 1 || f.file != ""):
				return cli.Fail(cli.ExitUsage, errors.New("--test-source takes one number"), cli.UsageHint(cmd))
			case f.url != "" && f.source == "":
				return cli.Fail(cli.ExitUsage, errors.New("--url is for --test-source"), cli.UsageHint(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args, o) },
	}
	cli.ConfigFlag(cmd, &f.path)
	flags := cmd.Flags()
	flags.StringVar(&f.box, "box", "", "`ID` of the box whose line is called (default the first)")
	flags.StringVar(&f.country, "country", "", "`COUNTRY` of the line, such as DE, AT or CH (default that of the box)")
	flags.StringVar(&f.area, "area-code", "", "area `CODE` of the line, such as 030 (default that of the box)")
	flags.StringVar(&f.file, "file", "", "judge the numbers of this `FILE`")
	flags.StringVar(&f.inject, "inject", "", "have the next calls take the numbers of this `FILE`, for a test; none ends that")
	flags.BoolVar(&f.check, "check", false, "fail if a number is not what the FILE expects")
	flags.BoolVar(&f.offline, "offline", false, "judge by the number plan alone")
	flags.BoolVar(&f.explain, "explain", false, "show every check, how long it took and what it found")
	flags.StringVar(&f.source, "test-source", "", "ask the source of this `NAME` and show what it reads where")
	flags.StringVar(&f.url, "url", "", "`ADDRESS` at which to read the source")
	flags.BoolVar(&f.json, "json", false, "print one JSON object a line")
	return cmd
}

// run judges the numbers and prints what comes of it.
func (f *flags) run(cmd *cobra.Command, args []string, o Options) error {
	cfg, err := cli.LoadConfig(f.path)
	if err != nil {
		return err
	}
	if err := cli.HasBox(cfg, f.box); err != nil {
		return err
	}
	switch {
	case f.inject != "":
		numbers, err := f.injected(cmd, cfg)
		if err != nil {
			return err
		}
		return o.Inject(cmd, f.path, f.box, numbers, f.json)
	case f.source != "":
		return f.testSource(cmd, args[0], cfg, o.Version)
	}
	connected := false
	if !f.offline && (cfg.Screening.Enabled || !cli.Configured(f.path)) {
		err = o.Connect(cmd, f.path, f.box, func(g Gateway, cfg config.Config) error {
			connected = true
			return f.judge(cmd, args, cfg, &asked{g, f})
		})
		var failure *cli.Failure
		if connected || errors.As(err, &failure) && failure.Code != cli.ExitNoAnswer && failure.Code != cli.ExitFailed {
			return err
		}
		if err != nil && cli.Configured(f.path) {
			l := cfg.Language
			fmt.Fprintf(cmd.ErrOrStderr(), "callporter: %s: %s\n",
				l.Pick("the number plan alone judges", "nur der Rufnummernplan urteilt"), cli.In(l, cli.ErrorIn(l, err).Error()))
		}
	}
	alone, err := newByPlan(cfg, f)
	if err != nil {
		return cli.Fail(cli.ExitConfig, err, "")
	}
	return f.judge(cmd, args, cfg, alone)
}

// judge judges the numbers by a judge.
func (f *flags) judge(cmd *cobra.Command, args []string, cfg config.Config, by judge) error {
	usual := f.usual(cfg)
	if _, err := new(plans).of(usual); err != nil {
		return cli.Fail(cli.ExitUsage, err, cli.UsageHint(cmd))
	}
	all, err := f.subjects(cmd, args, usual)
	if err != nil {
		return err
	}
	p := newPrinter(cmd.OutOrStdout(), f, cfg.Language)
	differ, compared := 0, 0
	err = inOrder(cmd.Context(), all, by, func(s subject, found query.Screened) error {
		if s.want != nil {
			if compared++; !s.want.met(found.Class, found.ClassReason) {
				differ++
			}
		}
		return p.print(s, found)
	})
	if err == nil {
		err = p.end()
	}
	if err != nil || compared == 0 {
		return err
	}
	differs := fmt.Errorf("%d of %d numbers differ from what was expected", differ, compared)
	if differ > 0 && f.check {
		return cli.Fail(cli.ExitFailed, differs, "")
	}
	fmt.Fprintln(cmd.ErrOrStderr(), cli.In(cfg.Language, differs.Error()))
	return nil
}

// usual is the line that the numbers call, unless the list says so.
func (f *flags) usual(cfg config.Config) line {
	box := cfg.Boxes[0]
	for _, b := range cfg.Boxes {
		if b.ID == f.box {
			box = b
		}
	}
	return *line{box.Country, box.AreaCode}.with(f.country, f.area, f.area != "")
}

// subjects are the numbers to judge.
func (f *flags) subjects(cmd *cobra.Command, args []string, usual line) (all []subject, err error) {
	if f.file == "" {
		for _, input := range args {
			all = append(all, subject{input: input})
		}
		return all, nil
	}
	in, err := openList(cmd.Context(), f.file, cmd.InOrStdin())
	if err == nil {
		defer in.Close()
		all, err = readList(in, usual)
	}
	if err != nil {
		return nil, cli.Fail(cli.ExitFailed, fmt.Errorf("read list %s: %w", f.file, cli.RootCause(err)), "")
	}
	return all, nil
}

func openList(ctx context.Context, name string, stdin io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		return cli.Input(ctx, stdin), nil
	}
	return os.Open(name)
}
