// Callporter is the porter of a house's telephone: it tells MQTT and Home
// Assistant about every call of a FRITZ!Box.
//
// This folder is the command line: one file per subcommand with its flags, exit codes
// and hints. The folders below internal hold what the subcommands share, and the larger
// subcommands. Only this folder exits the process and prints hints; everything else is a
// library.
//
// What a command was asked for goes to standard output, everything else to standard
// error. An error is one line, "callporter: verb noun: cause", in lower
// case and without a full stop. Where there is a likely cause or a next step, a
// second line "hint: …" names it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a bare container knows Europe/Berlin too

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/box"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/cmd/callporter/internal/demo"
	"github.com/callporter/callporter/cmd/callporter/internal/discovery"
	"github.com/callporter/callporter/cmd/callporter/internal/german"
	"github.com/callporter/callporter/cmd/callporter/internal/recording"
	"github.com/callporter/callporter/cmd/callporter/internal/reject"
	"github.com/callporter/callporter/cmd/callporter/internal/softphone"
)

func main() { os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// execute runs one command line and returns its exit code.
func execute(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// Libraries write to the standard log, and what they write can hold telephone
	// numbers: net/http quotes what a box sends too much.
	log.SetOutput(io.Discard)
	ctx, stop := signalContext()
	defer stop()
	out := &output{to: stdout, onFailure: stop}
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	stderr = &output{to: stderr}
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if broken := out.end(); broken != nil {
		if !errors.Is(broken, syscall.EPIPE) {
			printError(stderr, fmt.Errorf("write output: %w", cli.RootCause(broken)), languageOf(cmd))
			return cli.ExitFailed
		}
		// The reader has closed the pipe because it has enough. That is no failure.
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, context.Canceled) {
			return cli.ExitOK
		}
		stderr = io.Discard // nothing to say about the early end
	}
	if err == nil {
		return cli.ExitOK
	}
	printError(stderr, err, languageOf(cmd))
	var f *cli.Failure
	if !errors.As(err, &f) {
		return cli.ExitFailed
	}
	return f.Code
}

// errReported is the error of a command whose output has already said what is wrong.
var errReported = errors.New("")

// printError prints an error and its hint. Each line begins with the name of the program.
func printError(stderr io.Writer, err error, l call.Language) {
	if errors.Is(err, errReported) {
		return
	}
	for line := range strings.SplitSeq(cli.In(l, cli.ErrorIn(l, err).Error()), "\n") {
		if !strings.HasPrefix(line, " ") {
			line = "callporter: " + line
		}
		fmt.Fprintln(stderr, line)
	}
	var f *cli.Failure
	if errors.As(err, &f) && f.Hint != "" {
		fmt.Fprintln(stderr, cli.HintWord(l), cli.In(l, f.Hint))
	}
}

// signalContext returns a context that ends at the first signal to stop. The second signal
// exits at once. SIGPIPE is ignored: a closed reader shows as an error of the write, so
// that everything is closed in order.
func signalContext() (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup; else the terminal was closed
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(cli.ExitFailed)
	}()
	return ctx, cancel
}

func newRoot() *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use:   "callporter",
		Short: "The porter of a house's telephone: FRITZ!Box calls to MQTT and Home Assistant",
		Long: `callporter follows every call of a FRITZ!Box and tells MQTT and Home Assistant
who rings, who talks and what was missed.

See it work without a box, a broker or a configuration:

  callporter demo

Then write a configuration, check it with box and broker, and start:

  callporter config --example > gateway.yaml
  callporter check
  callporter run

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 unusable configuration,
4 nothing answers (no broker, no running gateway).`,
		SilenceUsage:          true,
		SilenceErrors:         true,
		DisableFlagsInUseLine: true,
		Args:                  cli.KnownCommand,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		what, _, _ := strings.Cut(err.Error(), ": strconv.") // what follows is for programmers
		return cli.Fail(cli.ExitUsage, errors.New(what), cli.UsageHint(cmd))
	})
	for _, g := range groups() {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, cmd := range g.commands {
			cmd.GroupID = g.id
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommand(newHelp())
	root.SetHelpCommandGroupID("tools")
	speakGerman(root)
	completeValues(root)
	return root
}

// speakGerman has the help be in German where that is the language.
func speakGerman(root *cobra.Command) {
	english := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if languageOf(cmd) == call.German {
			german.Translate(cmd)
		}
		english(cmd, args)
	})
}

// group is a group of commands in the help.
type group struct {
	id, title string
	commands  []*cobra.Command
}

// groups returns all commands, in the order in which one needs them.
func groups() []group {
	return []group{
		{"daily", "Every day:", []*cobra.Command{
			newStatus(), newCalls(), newCaller(), newScreen(), newWatch(), reject.Command(sendOrder), newBlock(), newUnblock(), newAllow(), newDisallow(), newLists(), newUndo(),
			newPhonebook(), newVoicemail(), newDeflection(), newAnsweringMachine(), newDial(), newForget(),
		}},
		{"set-up", "Setting up and running:", []*cobra.Command{
			demo.Command(release()), newConfig(), newCheck(), newRun(), newTrust(), softphone.Command(), newBroker(), newCompletion(),
		}},
		{"tools", "Tools:", []*cobra.Command{
			newCommand(), newHealthcheck(), discovery.Command(release()), recording.RecordCommand(), recording.ReplayCommand(), box.Command(), newVersion(),
		}},
	}
}

// newHelp replaces cobra's help command, which accepts commands that do not exist.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		Long: `Explain a command, as COMMAND --help does.

Exit codes: 0 printed, 2 there is no such command.`,
		Example: "  callporter help run",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil, about == cmd.Root() && len(rest) > 0:
				return cli.KnownCommand(cmd.Root(), args)
			case len(rest) > 0:
				return cli.NoArguments(cmd, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}
