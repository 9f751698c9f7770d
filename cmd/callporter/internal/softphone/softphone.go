// Package softphone is the subcommand softphone: it sets up the IP phone by which callporter
// turns callers away, tells how it is doing, and removes it.
package softphone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/gateway/refusal"
)

// exits lists the exit codes.
const exits = `Exit codes: 0 done, 1 failed, 2 wrong usage, 3 unusable configuration, or one without access
to the box.`

// accessText is in the help of what asks the box.
const accessText = `It needs access to the box: username and password in the configuration. Run it as the user that
callporter runs as.`

// Command returns the subcommand softphone.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "softphone",
		Short: "Set up the IP phone by which callporter turns callers away",
		Long: `callporter can be an IP phone at the box. It rings along with the house, and a caller who is
spam is answered and hung up on, so that the whole house is silent.

` + exits,
		Example: "  callporter softphone setup",
		Args:    cli.KnownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(setupCommand(), statusCommand(), removeCommand())
	return cmd
}

// flags are those of each command.
type flags struct {
	path, box string
	json      bool
}

func (f *flags) add(cmd *cobra.Command) {
	cli.ConfigFlag(cmd, &f.path)
	cmd.Flags().StringVar(&f.box, "box", "", "`ID` of the box (default the only one)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the result for programs")
}

// session is one command at work on the phone of one box.
type session struct {
	data     string
	box      config.Box
	language call.Language
	client   *tr064.Client // nil = the configuration has no access to the box
	gateway  *query.Status // nil = none runs
	out, err io.Writer
	json     bool
}

// begin reads the configuration, looks for a running gateway, and makes a client of the box.
func (f *flags) begin(cmd *cobra.Command) (*session, error) {
	cfg, err := cli.LoadConfig(f.path)
	if err != nil {
		return nil, err
	}
	if err := cli.HasBox(cfg, f.box); err != nil {
		return nil, err
	}
	id, err := cli.OnlyBox(cfg, f.box)
	if err != nil {
		return nil, err
	}
	s := &session{
		data: cfg.Data, language: cfg.Language, out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), json: f.json,
		box: cfg.Boxes[slices.IndexFunc(cfg.Boxes, func(b config.Box) bool { return b.ID == id })],
	}
	s.findGateway(cmd.Context())
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return nil, s.fileFailed(err)
	}
	p, err := poll.New(poll.Options{Box: s.box, Data: s.data, Language: s.language, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, cli.Fail(cli.ExitConfig, err, cli.ExampleHint)
	}
	s.client = p.Client
	return s, nil
}

// findGateway finds the gateway that runs, in the data directory that is configured or, where
// none is, in those that a gateway may have.
func (s *session) findGateway(ctx context.Context) {
	places := []string{s.data}
	if usual := cli.StateDirectories(); usual[0] == s.data {
		places = usual
	}
	for _, data := range places {
		if status, err := askStatus(ctx, data); err == nil {
			s.data, s.gateway = data, &status
			return
		}
	}
}

func askStatus(ctx context.Context, data string) (query.Status, error) {
	answer, err := control.Exchange(ctx, data, control.Request{Query: "status"})
	var r struct {
		OK   bool
		Data query.Status
	}
	if err == nil && (json.Unmarshal(answer, &r) != nil || !r.OK) {
		err = errors.New("what answers is another version of callporter")
	}
	return r.Data, err
}

// registration is how the phone of the gateway that runs is doing; off where none runs.
func (s *session) registration() query.Link {
	if s.gateway != nil {
		for _, b := range s.gateway.Boxes {
			if b.ID == s.box.ID {
				return b.SIP
			}
		}
	}
	return query.Link{State: "off"}
}

// needsAccess returns an error where the configuration has no access to the box.
func (s *session) needsAccess() error {
	if s.client != nil {
		return nil
	}
	return s.fail(cli.ExitConfig, call.Text{"the configuration has no access to the box", "die Konfiguration hat keinen Zugang zur Box"},
		call.Text{"set username and password of the box: those of a user of the box", "username und password der Box eintragen: die eines Benutzers der Box"})
}

// kept reads what setup has kept.
func (s *session) kept() (datadir.Softphone, error) {
	kept, err := datadir.ReadSoftphone(s.data, s.box.ID)
	if err != nil {
		return kept, s.fileFailed(err)
	}
	return kept, nil
}

// fail makes an error with its hint in the language.
func (s *session) fail(code int, message, hint call.Text) error {
	return cli.Fail(code, errors.New(message.In(s.language)), hint.In(s.language))
}

// boxFailed is the error of a request to the box.
func (s *session) boxFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.fail(cli.ExitFailed, refusal.BoxMessage(err), refusal.BoxHint(err))
}

// fileFailed is the error of a file in the data directory.
func (s *session) fileFailed(err error) error {
	return s.fail(cli.ExitFailed, call.Text{"the user name and password of the phone: %s", "Benutzername und Passwort des Telefons: %s"}.With(config.Reason(err)),
		call.Text{"run this as the user that callporter runs as, and see that there is room on the disk of %s; a file that is damaged can be removed, then run callporter softphone setup again",
			"als der Benutzer ausführen, unter dem callporter läuft, und sehen, dass auf der Platte von %s Platz ist; eine beschädigte Datei kann gelöscht werden, dann callporter softphone setup noch einmal ausführen"}.With(s.data))
}

// say prints for people what was done. With --json it prints nothing: the result says it.
func (s *session) say(text call.Text) {
	if !s.json {
		fmt.Fprintln(s.out, cli.Printable(text.In(s.language)))
	}
}

// ask tells a person what to do now.
func (s *session) ask(text call.Text) { fmt.Fprintln(s.err, cli.Printable(text.In(s.language))) }

// print prints the result for programs.
func (s *session) print(v any) error {
	if !s.json {
		return nil
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// confirmed does something that the box may want confirmed at the box itself.
func (s *session) confirmed(ctx context.Context, do func(context.Context) error) error {
	return s.client.Confirmed(ctx, func(f tr064.Factor) {
		var ways []string
		way := func(is bool, english, german string) {
			if is {
				ways = append(ways, s.language.Pick(english, german))
			}
		}
		way(f.Button, "press any button of the box", "eine beliebige Taste der Box drücken")
		way(f.Dial != "", "dial "+f.Dial+" on a phone of the box", f.Dial+" an einem Telefon der Box wählen")
		way(f.App, "enter the code of the authenticator app in the pages of the box", "den Code der Authenticator-App in der Oberfläche der Box eingeben")
		if len(ways) == 0 {
			way(true, "confirm it in the pages of the box", "es in der Oberfläche der Box bestätigen")
		}
		text := s.language.Pick("The box wants this confirmed, within two minutes: ", "Die Box will das bestätigt haben, innerhalb von zwei Minuten: ")
		for i, w := range ways {
			if i > 0 {
				text += s.language.Pick(", or ", ", oder ")
			}
			text += w
		}
		fmt.Fprintln(s.err, cli.Printable(text))
	}, do)
}
