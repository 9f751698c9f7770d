// Package recording is the subcommands record and replay: the one writes down what a box
// sends, the other plays it through the whole pipeline.
package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway/config"
)

// recordFlags are the flags of record.
type recordFlags struct {
	config, box, host string
	port              int
	output, dir       string
	daily, mask       bool
	span              time.Duration
	lines             int
}

// RecordCommand returns the subcommand record.
func RecordCommand() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Write down what a box sends, for replay and bug reports",
		Long: `Connect to the call monitor of a box and write down every line as it comes, until
stopped, for a time (--for) or for a number of lines (--lines). A connection that is
lost is made again, as run does; what a box sent meanwhile is not repeated.

The last three digits of every telephone number become xxx, so that a recording can
be shown to others; callporter replay plays it all the same. --mask=false writes full
numbers: do not publish such a recording.

The box is the first of the configuration, the one named by --box, or any by --host.
Lines go to standard output, are appended to the file of --output, or go to a file
named after the box in the directory of --dir, one a day with --daily. What record
does is told on standard error.

To record all the time beside the gateway, set record in the configuration instead.

Exit codes: 0 stopped, or recorded as long as wanted, 1 what was recorded cannot be
written, 2 wrong usage, 3 unusable configuration, 4 the box was never reached.`,
		Example: `  callporter record --output calls.log
  callporter record --host 192.168.178.1 --for 10m > calls.log
  callporter record --dir /var/log/calls --daily
  callporter record --lines 4 --output - | callporter replay -`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.validate(cmd); err != nil {
				return err
			}
			return f.run(cmd)
		},
	}
	cli.ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.box, "box", "", "`ID` of the configured box (default the first)")
	cmd.Flags().StringVar(&f.host, "host", "", "`HOST` of a box instead of a configured one: name or address")
	cmd.Flags().IntVar(&f.port, "port", 0, "`PORT` of the call monitor (default as configured, 1012 with --host)")
	cmd.Flags().StringVarP(&f.output, "output", "o", "-", "`FILE` to append to, - for standard output")
	cmd.Flags().StringVar(&f.dir, "dir", "", "`DIRECTORY` to write to instead")
	cmd.Flags().BoolVar(&f.daily, "daily", false, "with --dir: a file a day")
	cmd.Flags().BoolVar(&f.mask, "mask", true, "leave out the last three digits of telephone numbers")
	cmd.Flags().DurationVar(&f.span, "for", 0, "stop after so much `TIME`, such as 10m; 0 = never")
	cmd.Flags().IntVar(&f.lines, "lines", 0, "stop after `N` lines; 0 = never")
	return cmd
}

func (f *recordFlags) validate(cmd *cobra.Command) error {
	set := cmd.Flags().Changed
	wrong := ""
	switch {
	case f.host != "" && (f.box != "" || set("config")):
		wrong = "--host does not go together with --box or --config"
	case set("host") && f.host == "":
		wrong = "--host is empty"
	case set("port") && (f.port < 1 || f.port > 65535):
		wrong = fmt.Sprintf("--port %d is not within 1 and 65535", f.port)
	case set("dir") && f.dir == "" || f.output == "":
		wrong = "--dir and --output need a name"
	case f.dir != "" && set("output"):
		wrong = "--dir and --output do not go together"
	case f.daily && f.dir == "":
		wrong = "--daily needs --dir"
	case f.span < 0:
		wrong = fmt.Sprintf("--for %v is below 0", f.span)
	case f.lines < 0:
		wrong = fmt.Sprintf("--lines %d is below 0", f.lines)
	}
	if wrong != "" {
		return cli.Fail(cli.ExitUsage, errors.New(wrong), cli.UsageHint(cmd))
	}
	return nil
}

// choose returns the box to record.
func (f *recordFlags) choose() (config.Box, error) {
	var b config.Box
	if f.host != "" {
		b = config.Default().Boxes[0]
		b.Host = f.host
	} else {
		cfg, err := cli.LoadConfig(f.config)
		if err != nil {
			return b, err
		}
		if err := cli.HasBox(cfg, f.box); err != nil {
			return b, err
		}
		for _, box := range cfg.Boxes {
			if f.box == "" || box.ID == f.box {
				b = box
				break
			}
		}
	}
	if f.port != 0 {
		b.MonitorPort = f.port
	}
	return b, nil
}

// target returns the writer for the lines; nil = the recorder writes its own files in
// --dir. where is the name of the target.
func (f *recordFlags) target(stdout io.Writer, box config.Box) (to io.WriteCloser, where string, err error) {
	switch {
	case f.daily:
		return nil, filepath.Join(f.dir, box.ID+"-"+time.Now().In(box.Location()).Format(time.DateOnly)+".log"), nil
	case f.dir != "":
		return nil, filepath.Join(f.dir, box.ID+".log"), nil
	case f.output == "-":
		return nopCloser{stdout}, "-", nil
	}
	file, err := os.OpenFile(f.output, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, "", cli.Fail(cli.ExitFailed, fmt.Errorf("open recording: %w", err), "")
	}
	return file, f.output, nil
}

// nopCloser is a writer that stays open, such as standard output.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func (f *recordFlags) run(cmd *cobra.Command) error {
	box, err := f.choose()
	if err != nil {
		return err
	}
	to, where, err := f.target(cmd.OutOrStdout(), box)
	if err != nil {
		return err
	}
	notes := cmd.ErrOrStderr()
	o := callmonitor.RecorderOptions{
		Dir: f.dir, Box: box.ID, Daily: f.daily, Mask: f.mask, Limit: f.lines, Location: box.Location(),
		Log: cli.NewLog(notes, config.LogText, slog.LevelWarn),
	}
	if to != nil {
		defer to.Close()
		o.To, o.Flush = to, 50*time.Millisecond
	}
	recorder, err := callmonitor.NewRecorder(o)
	if err != nil {
		return cli.Fail(cli.ExitFailed, err, "")
	}
	defer recorder.Close()
	monitor, err := callmonitor.New(callmonitor.Options{
		Host: box.Host, Port: box.MonitorPort, Box: box.ID, Location: box.Location(), Record: recorder,
	})
	if err != nil {
		return cli.Fail(cli.ExitUsage, err, "give --host a name or an address")
	}
	address := net.JoinHostPort(box.Host, strconv.Itoa(box.MonitorPort))
	l := cli.LanguageOf(cmd)
	say := func(format string, args ...any) { fmt.Fprintln(notes, cli.In(l, fmt.Sprintf(format, args...))) }
	say("recording %s to %s%s", address, targetName(where), f.masking())
	links := &linkPrinter{say: say}
	if err := f.follow(cmd.Context(), monitor, recorder, links); err != nil {
		return err
	}
	if err := recorder.Close(); err != nil {
		return cli.Fail(cli.ExitFailed, fmt.Errorf("write recording: %w", cli.RootCause(err)), "")
	}
	switch {
	case !links.reached:
		return cli.Fail(cli.ExitNoAnswer, fmt.Errorf("record calls: %s was not reached, nothing is recorded", address), "callporter check finds out why")
	case recorder.Lines() == 0:
		say("recorded 0 lines: the box sent none")
		return nil
	}
	say("recorded %s; play it with: callporter replay %s", cli.Counted(recorder.Lines(), "line", "lines"), replayArgument(where))
	return nil
}

// follow records until ctx ends, the time is over, or there are enough lines.
func (f *recordFlags) follow(ctx context.Context, monitor *callmonitor.Monitor, recorder *callmonitor.Recorder, links *linkPrinter) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if f.span > 0 {
		ctx, stop = context.WithTimeout(ctx, f.span)
		defer stop()
	}
	go func() {
		select {
		case <-recorder.Full():
			stop()
		case <-ctx.Done():
		}
	}()
	return monitor.Run(ctx, links)
}

func (f *recordFlags) masking() string {
	if f.mask {
		return ", numbers without their last three digits (--mask=false keeps them)"
	}
	return ", with full telephone numbers: do not publish it"
}

func targetName(where string) string {
	if where == "-" {
		return "standard output"
	}
	return where
}

func replayArgument(where string) string {
	if where == "-" {
		return "FILE"
	}
	return where
}

// linkPrinter prints changes of the link to the box.
type linkPrinter struct {
	say     func(format string, args ...any)
	last    string
	reached bool // the link was up at some time
}

// Event does nothing: the recorder writes the line.
func (n *linkPrinter) Event(call.Event) {}

// Link prints a change once.
func (n *linkPrinter) Link(s callmonitor.LinkState) {
	text := "connected"
	n.reached = n.reached || s.Up()
	switch {
	case s.State == callmonitor.Connecting:
		return
	case s.Reason == callmonitor.CallMonitorOff:
		text = "not connected: the box refuses. Dial #96*5* on a DECT or wired phone to switch the call monitor on"
	case !s.Up():
		text = "not connected: " + s.Reason.String() + "; trying again. callporter check finds out why"
	}
	if text != n.last {
		n.last = text
		n.say("%s", text)
	}
}
