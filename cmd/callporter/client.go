package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/order"
)

// clientText ends the help of commands that work with and without a running gateway.
const clientText = `It works through the running gateway. Where none runs, it does the same by itself, in
the data directory of the configuration; without a configuration it does nothing.`

// accessText is in the help of commands that ask the box itself.
const accessText = `It needs access to the box: username and password in the configuration.`

// savedText is in the help of commands that show what callporter last read from the box.
const savedText = `It needs access to the box: username and password in the configuration. Where the box cannot
be read, what was read last is shown, and a warning on standard error says how old it is; where
nothing ever was, nothing is printed, and the exit code is 1.`

// resultText tells what --json prints for an order.
const resultText = `With --json print the result: {request, command, ok, error, data, call}.`

// clientExits lists the exit codes of commands that use a client.
const clientExits = `Exit codes: 0 done, 1 refused (in English the error begins with the code) or failed, 2 wrong usage,
3 unusable configuration, 4 there is neither a configuration nor a running gateway, or the data
directory is in use and nobody answers there.`

// clientFlags are the flags of commands that give orders or ask questions.
type clientFlags struct {
	path, box string
	json      bool
	readOnly  bool // the command only reads the journal
}

func (f *clientFlags) add(cmd *cobra.Command) { f.addFor(cmd, "the only one") }

// addFor adds the flags to a command; otherwise says what it does without --box.
func (f *clientFlags) addFor(cmd *cobra.Command, otherwise string) {
	cli.ConfigFlag(cmd, &f.path)
	cmd.Flags().StringVar(&f.box, "box", "", "`ID` of the box (default "+otherwise+")")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the result for programs")
}

// client gives the orders and asks the questions of one command.
type client struct {
	*gateway.Client
	ctx      context.Context
	data     string
	box      string
	boxes    []config.Box
	language call.Language
	usage    string // how to find out what the command allows
	out, err io.Writer
	json     bool
	showBox  bool // a table names the box: there are several, and none was named
}

// connect runs do with a client. With oneBox the command is for exactly one box: the one
// named, or the only one. Without it, and without --box, the client's box is "", which
// stands for all boxes.
func (f *clientFlags) connect(cmd *cobra.Command, oneBox bool, do func(*client) error) error {
	here, err := findGateway(cmd.Context(), f.path)
	if err == nil {
		err = here.usable(f.readOnly)
	}
	if err != nil {
		return err
	}
	cfg := here.config
	if err := cli.HasBox(cfg, f.box); err != nil {
		return err
	}
	box := f.box
	if oneBox {
		if box, err = cli.OnlyBox(cfg, box); err != nil {
			return err
		}
	}
	c := &client{
		ctx: cmd.Context(), data: cfg.Data, box: box, boxes: cfg.Lines(), language: cfg.Language, usage: cli.UsageHint(cmd),
		out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), json: f.json,
		showBox: box == "" && len(cfg.Lines()) > 1,
	}
	// Results report what fails. The log shows only errors that belong to no result.
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelError}))
	connect := gateway.Connect
	if f.readOnly {
		connect = gateway.ConnectToRead
	}
	if c.Client, err = connect(c.ctx, cfg, gateway.Options{Version: release(), Log: log}); err != nil {
		var missing *fs.PathError
		if f.readOnly && errors.As(err, &missing) && errors.Is(err, fs.ErrNotExist) {
			return cli.Fail(cli.ExitFailed, fmt.Errorf("%s: %s does not exist", missing.Op, missing.Path),
				"data in the configuration is the directory of callporter; it is filled by callporter run")
		}
		return sendHint(err, cfg.Data)
	}
	err = do(c)
	if closeErr := c.Close(); err == nil {
		err = closeErr
	}
	return err
}

// zone is the time zone of the box, with several of the first.
func (c *client) zone() *time.Location {
	return c.boxes[max(slices.IndexFunc(c.boxes, func(b config.Box) bool { return b.ID == c.box }), 0)].Location()
}

// order gives an order with the fields that are not empty, and decodes the data of its
// result into "into", which may be nil. A refusal is an error.
func (c *client) order(command string, fields map[string]string, into any) error {
	sent := map[string]string{}
	for name, value := range fields {
		if value != "" {
			sent[name] = value
		}
	}
	payload, err := json.Marshal(sent)
	if err != nil {
		return err
	}
	if err := checkForm(c.box, command, payload, c.language, c.usage); err != nil {
		return err
	}
	result, err := c.Order(c.ctx, c.box, command, string(payload))
	if err != nil {
		return sendHint(err, c.data)
	}
	if c.json {
		fmt.Fprintln(c.out, string(result))
	}
	if into != nil {
		var r struct{ Data json.RawMessage }
		err := json.Unmarshal(result, &r)
		if err == nil {
			err = json.Unmarshal(r.Data, into)
		}
		if err != nil {
			return cli.Fail(cli.ExitFailed, errors.New("read result: what answers is not callporter"), "")
		}
	}
	_, err = readResult(result, c.language)
	return err
}

// checkForm checks the form of an order before it is sent, so that a mistake in it is one of
// the command line.
func checkForm(box, command string, payload []byte, l call.Language, hint string) error {
	_, err := order.ParseLocal(box, command, payload)
	var refused *order.Refusal
	if !errors.As(err, &refused) {
		return nil
	}
	message := refused.Message
	if refused.Code == order.CodeTooLarge {
		message = call.Text{"what is given is longer than %d bytes", "die Angaben sind länger als %d Byte"}.With(order.MaxPayload)
	}
	return cli.Fail(cli.ExitUsage, errors.New(cli.Printable(message.In(l))), hint)
}

// orderAndSay gives an order and prints the message of its result.
func (c *client) orderAndSay(command string, fields map[string]string) error {
	var done struct{ Message string }
	if err := c.order(command, fields, &done); err != nil {
		return err
	}
	c.say("%s", "%s", done.Message)
	return nil
}

// ask asks a question with the arguments that are not empty, and decodes the data of the
// answer into "into".
func (c *client) ask(name string, args map[string]string, into any) error {
	sent := map[string]string{}
	for key, value := range args {
		if value != "" {
			sent[key] = value
		}
	}
	answer, err := c.Ask(c.ctx, c.box, name, sent)
	if c.ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, c.ctx.Err())
	}
	if err != nil {
		return sendHint(err, c.data)
	}
	var r struct {
		OK    bool
		Error *struct{ Code, Message, Hint string }
		Data  json.RawMessage
	}
	err = json.Unmarshal(answer, &r)
	switch {
	case err != nil || !r.OK && r.Error == nil:
		return cli.Fail(cli.ExitFailed, errors.New("read answer: what answers is not callporter, or another version"), "")
	case !r.OK:
		return cli.Fail(cli.ExitFailed, errors.New(cli.Printable(c.language.Pick(r.Error.Code+": ", "")+r.Error.Message)), cli.Printable(r.Error.Hint))
	}
	if err := json.Unmarshal(r.Data, into); err != nil {
		return errOtherVersion
	}
	return nil
}

// errOtherVersion says that an answer has another form than expected.
var errOtherVersion = cli.Fail(cli.ExitFailed, errors.New("read answer: what answers is another version of callporter"), "")

// say prints for people what was done. With --json it prints nothing: the result says it.
func (c *client) say(english, german string, args ...any) {
	if !c.json {
		fmt.Fprintln(c.out, cli.Printable(fmt.Sprintf(c.language.Pick(english, german), args...)))
	}
}

// print prints a value as one line of JSON.
func (c *client) print(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
