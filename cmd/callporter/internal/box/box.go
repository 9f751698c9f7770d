// Package box is the subcommand box: a simulated FRITZ!Box on ports of the user's choice,
// driven by a script, by standard input or by HTTP.
package box

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
)

// flags are the flags of box.
type flags struct {
	monitor, control, script, language string
	speed                              float64
	stay, asJSON                       bool
	tr064                              tr064Flags
	sip                                sipFlags
}

// Command returns the subcommand box.
func Command() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "box",
		Short: "Be a simulated FRITZ!Box",
		Long: `Play a FRITZ!Box on ports of your choice, faults included, to try a gateway or an
automation without a telephone: its call monitor, and with --tr064 and --tr064s its
TR-064 ports with phonebooks, call barring, call list, answering machines and
diversions, and with --sip its registrar: IP phones register, and every call rings at
them and in the house. The calls of the one appear in the call list of the other.

It is driven by a script file, by lines on standard input (--script -), by a small
HTTP control (--control), or all of them. With a script it ends when the script
does, with standard input when the input does, unless --stay is given; without
either it ends when it is stopped. A line of standard input that cannot be run is
named and skipped.

With --json print one object for each command that has run: {line, command, call,
connection}.

The HTTP control takes the same lines: POST /script runs its body, GET /state shows
the box, GET / prints the language.

At first the box has a phonebook "Telefonbuch" without entries (with --script day the
callers of the day), the own numbers 23125069 and 23125732, the phones Telefon (FON1),
Wohnzimmer and Büro (DECT) and an IP phone, and one answering machine. Wrong passwords
lock the user out for a while, as on a real box; GET /state counts them.

` + boxscript.Help() + `
Exit codes: 0 done or stopped, 1 a port is in use, or a command or a line failed,
2 wrong usage or a script with a mistake.`,
		Example: `  callporter box --script day
  echo 'ring 01713920055 to 23125732 as a' | callporter box --script - --stay
  callporter box --control 127.0.0.1:8012 &
  curl --data 'ring 01713920055 to 23125732 as a' http://127.0.0.1:8012/script
  callporter box --tr064 127.0.0.1:49000 --user gateway --password secret-77
  callporter box --sip 127.0.0.1:5060 --ip-phone gateway1:secret-77 --script -
  CALLPORTER_BOXES_0_HOST=127.0.0.1 CALLPORTER_BOXES_0_MONITOR_PORT=11012 callporter run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[0]), "a script is given as --script "+args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cmd.Flags().StringVar(&f.monitor, "monitor", "127.0.0.1:11012", "`ADDRESS` of the call monitor; a real box has port 1012, which needs root here")
	cmd.Flags().StringVar(&f.control, "control", "", "`ADDRESS` of the HTTP control; keep it on loopback, it asks for no password")
	cmd.Flags().StringVar(&f.script, "script", "", "script `FILE` to run, - for standard input, day for the day of the demo")
	cmd.Flags().Float64Var(&f.speed, "speed", 1, "`PACE` of the script's waits: 10 ten times as fast, 0 no waiting")
	cmd.Flags().StringVar(&f.language, "language", "en", "`LANGUAGE` of what say says and of the day's callers, en or de")
	cmd.Flags().BoolVar(&f.stay, "stay", false, "go on after the script until stopped")
	f.tr064.add(cmd)
	f.sip.add(cmd)
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print one JSON object for each command that has run: {line, command, call, connection}")
	return cmd
}

func (f *flags) run(cmd *cobra.Command) error {
	if f.language != "en" && f.language != "de" {
		return cli.Fail(cli.ExitUsage, fmt.Errorf("--language %q is neither en nor de", f.language), cli.UsageHint(cmd))
	}
	if !(f.speed >= 0) {
		return cli.Fail(cli.ExitUsage, fmt.Errorf("--speed %v is not 0 or above", f.speed), cli.UsageHint(cmd))
	}
	script, err := f.parse()
	if err != nil {
		return err
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	options, err := f.tr064.options(cmd)
	if err != nil {
		return err
	}
	box := fritztest.New(options)
	if f.script == "day" {
		if err := boxscript.FurnishDay(box, f.language); err != nil {
			return err
		}
	}
	if err := box.Listen(f.monitor); err != nil {
		return listenHint(fmt.Errorf("open call monitor %s: %w", f.monitor, cli.RootCause(err)), "--monitor")
	}
	defer box.Close()
	fmt.Fprintln(cmd.ErrOrStderr(), "call monitor on", box.Addr())
	if err := f.tr064.listen(box, cmd.ErrOrStderr()); err != nil {
		return err
	}
	if err := f.sip.listen(box, cmd.ErrOrStderr()); err != nil {
		return err
	}

	runner := boxscript.NewRunner(box, boxscript.RunOptions{
		Speed: f.speed, Language: f.language,
		Say: func(text string) {
			if !f.asJSON {
				fmt.Fprintln(out, text)
			}
		},
		Done: func(r boxscript.Result) {
			if f.asJSON {
				json.NewEncoder(out).Encode(r)
			}
		},
	})
	if f.control != "" {
		stop, err := serveControl(f.control, runner, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		defer stop()
	}
	switch {
	case script != nil:
		err = runner.Run(ctx, script)
	case f.script == "-":
		err = runLines(ctx, runner, cli.Input(ctx, cmd.InOrStdin()), cmd.ErrOrStderr())
	}
	if err == nil {
		err = box.Flush(ctx)
	}
	if err == nil && (f.stay || f.script == "") {
		<-ctx.Done()
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// parse reads the whole script before any port is opened; nil = there is none.
func (f *flags) parse() (*boxscript.Script, error) {
	switch f.script {
	case "", "-":
		return nil, nil
	case "day":
		return boxscript.Day()
	}
	file, err := os.Open(f.script)
	if err != nil {
		return nil, cli.Fail(cli.ExitUsage, fmt.Errorf("read script: %w", err), "")
	}
	defer file.Close()
	script, err := boxscript.Parse(f.script, file)
	return script, cli.Fail(cli.ExitUsage, err, "callporter box --help lists the commands")
}

// runLines runs each line of standard input as it comes. A wrong line is reported and
// skipped, so that whoever types can try again. Reading has its own goroutine, because a
// read of a terminal cannot be interrupted.
func runLines(ctx context.Context, runner *boxscript.Runner, in io.Reader, errs io.Writer) error {
	lines := make(chan string)
	ended := make(chan error, 1)
	go func() {
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
		ended <- scanner.Err()
	}()
	wrong := 0
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line := <-lines:
			if err := runner.RunLine(ctx, line); err != nil && ctx.Err() == nil {
				fmt.Fprintf(errs, "line %d: %v\n", n, err)
				wrong++
			}
		case err := <-ended:
			switch {
			case err != nil:
				return fmt.Errorf("read standard input: %w", err)
			case wrong == 1:
				return cli.Fail(cli.ExitFailed, errors.New("one line could not be run"), "callporter box --help lists the commands")
			case wrong > 1:
				return cli.Fail(cli.ExitFailed, fmt.Errorf("%d lines could not be run", wrong), "callporter box --help lists the commands")
			}
			return nil
		}
	}
}

func serveControl(address string, runner *boxscript.Runner, errs io.Writer) (stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, listenHint(fmt.Errorf("open control %s: %w", address, cli.RootCause(err)), "--control")
	}
	server := &http.Server{
		Handler:           boxscript.Control(runner),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	go server.Serve(listener)
	fmt.Fprintln(errs, "control on http://"+listener.Addr().String())
	return func() { server.Close() }, nil
}

// listenHint adds what to do about an address of a flag that cannot be listened on.
func listenHint(err error, flag string) error {
	var wrong *net.AddrError
	var name *net.DNSError
	switch {
	case errors.As(err, &wrong), errors.As(err, &name):
		return cli.Fail(cli.ExitUsage, err, "give "+flag+" an address and a port, such as 127.0.0.1:0")
	case errors.Is(err, syscall.EADDRINUSE):
		return cli.Fail(cli.ExitFailed, err, "choose a free port with "+flag)
	case errors.Is(err, os.ErrPermission):
		return cli.Fail(cli.ExitFailed, err, "ports below 1024 belong to root: choose a higher one with "+flag)
	}
	return cli.Fail(cli.ExitFailed, err, "give "+flag+" an address of this machine")
}
