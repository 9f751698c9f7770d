package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/order"
)

func newCommand() *cobra.Command {
	var path, box string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "command NAME [PAYLOAD]",
		Short: "Give an order to the running gateway",
		Long: `Send a command to the gateway that runs on this computer and print what became of
it. The commands, their payloads and their results are those of MQTT, but no broker
is needed, and commands.enabled may be false: the order goes through callporter.sock
in the data directory, which only the user that callporter runs as can open.

The payload is a text, or JSON if it begins with {. Without one, PRESS is sent.

` + commandTable(everything) + `
What this set-up cannot do is not listed, and refused with the code not_available.

With --json print the document of the result topic: {request, command, ok, error, data,
call}, error being null or {code, message, hint}.

Exit codes: 0 done, 1 refused (in English the error begins with the code) or no result came,
2 wrong usage, 3 unusable configuration, 4 no gateway is running on this data directory.`,
		Example: `  callporter command refresh
  callporter command quiet ON
  callporter command quiet '{"value":"OFF","request":"7"}' --box annexe --json | jq .error`,
		Args:              commandArguments,
		ValidArgsFunction: completeCommand,
		RunE: func(cmd *cobra.Command, args []string) error {
			here, err := findGateway(cmd.Context(), path)
			if err != nil {
				return err
			}
			cfg := here.config
			if err := cli.HasBox(cfg, box); err != nil {
				return err
			}
			if box, err = cli.OnlyBox(cfg, box); err != nil {
				return err
			}
			payload := "PRESS"
			if len(args) > 1 {
				payload = args[1]
			}
			result, err := control.Send(cmd.Context(), cfg.Data, box, args[0], payload)
			if err != nil {
				return sendHint(err, strings.Join(here.looked, ", "))
			}
			if asJSON {
				fmt.Fprintln(cmd.OutOrStdout(), string(result))
			}
			done, err := readResult(result, cfg.Language)
			if err == nil && !asJSON {
				fmt.Fprintln(cmd.OutOrStdout(), cfg.Language.Pick(done+": ", "")+messageIn(result, cfg.Language))
			}
			return err
		},
	}
	listWhatWorks(cmd, &path)
	cli.ConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&box, "box", "", "`ID` of the box the command is for (default the only one)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result for programs")
	return cmd
}

// everything is what can be configured in this version.
var everything = order.Setup{BoxAccess: true, Journal: true, Dialling: true, Screening: true, Softphone: true}

// setupOf returns what the configuration has of that; without one it could be everything.
func setupOf(path string) order.Setup {
	cfg, err := cli.LoadConfig(path)
	if err != nil || !cli.Configured(path) {
		return everything
	}
	return order.Setup{
		BoxAccess: slices.ContainsFunc(cfg.Boxes, func(b config.Box) bool { return b.Password != "" }),
		Journal:   cfg.Journal.Enabled, Dialling: cfg.Commands.Dial,
		Screening: cfg.Screening.Enabled,
		Softphone: slices.ContainsFunc(cfg.Boxes, func(b config.Box) bool { return b.SIP.Enabled }),
	}
}

// formsFor returns the commands of the contract that can work.
func formsFor(setup order.Setup) []order.Form {
	return slices.DeleteFunc(order.Forms(), func(f order.Form) bool {
		name, _, _ := strings.Cut(f.Name, "/")
		return setup.Missing(name) != order.NoPart
	})
}

// commandTable lists the commands of the contract that can work, and what they take.
func commandTable(setup order.Setup) string {
	var b strings.Builder
	for _, form := range formsFor(setup) {
		fmt.Fprintf(&b, "  %-21s %s\n", form.Name, form.Takes)
	}
	return b.String()
}

// listWhatWorks has the help list only what works with the configuration.
func listWhatWorks(cmd *cobra.Command, path *string) {
	cmd.SetHelpFunc(func(about *cobra.Command, args []string) {
		about.Long = strings.Replace(about.Long, commandTable(everything), commandTable(setupOf(*path)), 1)
		about.Root().HelpFunc()(about, args)
	})
}

// completeCommand completes the names of commands, and then the values of those that take
// fixed words. The user types the id of a switch.
func completeCommand(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []cobra.Completion
	directive := cobra.ShellCompDirectiveNoFileComp
	switch len(args) {
	case 0:
		unfinished := true // every name needs an id after it
		path, _ := cmd.Flags().GetString("config")
		for _, form := range formsFor(setupOf(path)) {
			name, item := strings.CutSuffix(form.Name, "ID")
			if strings.HasPrefix(name, begun) {
				words = append(words, name)
				unfinished = unfinished && item
			}
		}
		if unfinished {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	case 1:
		name, _, item := strings.Cut(args[0], "/")
		if item {
			name += "/ID"
		}
		for _, form := range order.Forms() {
			if form.Name == name {
				words = form.Words
			}
		}
	}
	return words, directive
}

// commandArguments checks the arguments before anything is sent.
func commandArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return cli.Fail(cli.ExitUsage, errors.New("a command is missing"), cli.UsageHint(cmd))
	case len(args) > 2:
		return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[2]), "put what has blanks into quotes")
	}
	name, _, item := strings.Cut(args[0], "/")
	if item {
		name += "/ID"
	}
	for _, form := range order.Forms() {
		switch {
		case form.Name == name && len(args) == 1 && !form.Press:
			return cli.Fail(cli.ExitUsage, fmt.Errorf("%s needs a payload", args[0]), form.Takes)
		case form.Name == name:
			return nil
		case form.Name == name+"/ID":
			return cli.Fail(cli.ExitUsage, fmt.Errorf("%s needs an id", name), "write "+form.Name+", such as "+name+"/1")
		}
	}
	return cli.Fail(cli.ExitUsage, fmt.Errorf("there is no command %q", args[0]), cli.UsageHint(cmd))
}

// sendHint adds to an error of the command socket what to do about it.
func sendHint(err error, data string) error {
	switch {
	case errors.Is(err, control.ErrNotRunning):
		return cli.Fail(cli.ExitNoAnswer, err, "looked in "+data+": start it with callporter run, or give the --config it runs with")
	case errors.Is(err, datadir.ErrRunning):
		return cli.Fail(cli.ExitNoAnswer, err, "a gateway is starting or another command is at work: try again in a moment")
	case errors.Is(err, fs.ErrPermission) && !strings.Contains(err.Error(), "send order"):
		return cli.Fail(cli.ExitFailed, err, "run this as the user that callporter runs as")
	case errors.Is(err, fs.ErrPermission):
		return cli.Fail(cli.ExitFailed, fmt.Errorf("send order: %s: %w", control.SocketPath(data), cli.RootCause(err)), "run this as the user that callporter runs as")
	case errors.Is(err, errors.ErrUnsupported):
		return cli.Fail(cli.ExitFailed, errors.New("send order: this system has no command socket"), "give the order in Home Assistant")
	}
	return cli.Fail(cli.ExitFailed, err, "")
}

// messageIn returns the message of a successful result, or "done".
func messageIn(document []byte, l call.Language) string {
	var r struct{ Data struct{ Message string } }
	if json.Unmarshal(document, &r) != nil || r.Data.Message == "" {
		return l.Pick("done", "erledigt")
	}
	return cli.Printable(r.Data.Message)
}

// readResult returns the name of a command that was carried out, or the refusal as an
// error.
func readResult(document []byte, l call.Language) (done string, err error) {
	var r struct {
		Command string
		OK      bool
		Error   *struct{ Code, Message, Hint string }
	}
	if err := json.Unmarshal(document, &r); err != nil || !r.OK && r.Error == nil {
		return "", cli.Fail(cli.ExitFailed, errors.New("read result: what answers is not callporter"), "")
	}
	if r.OK {
		return cli.Printable(r.Command), nil
	}
	text := l.Pick(r.Command+": "+r.Error.Code+": ", "") + r.Error.Message // in German without English words
	return "", cli.Fail(cli.ExitFailed, errors.New(cli.Printable(text)), cli.Printable(r.Error.Hint))
}
