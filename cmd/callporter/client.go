package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
)

// clientText ends the help of commands that work with and without a gateway.
const clientText = `It works through the running gateway. Where none runs, it does the same by itself, in
the data directory of the configuration.`

// accessText is what the help of commands says that ask the box itself.
const accessText = `It needs access to the box: username and password in the configuration.`

// savedText is what the help of commands says that show what was read of the box.
const savedText = `It needs access to the box: username and password in the configuration. Where the box cannot
be read, what was read last is shown, and a warning on standard error says how old it is; where
nothing ever was, nothing is printed, and the exit code is 1.`

// resultText is what --json prints of an order.
const resultText = `With --json print the result: {request, command, ok, error, data, call}.`

// clientExits are the exit codes of such commands.
const clientExits = `Exit codes: 0 done, 1 refused (the error begins with the code) or failed, 2 wrong usage,
3 unusable configuration, 4 the data directory is in use and nobody answers there.`

// clientFlags are those of commands that give orders or ask questions.
type clientFlags struct {
	path, box string
	json      bool
	readOnly  bool // it only reads the journal
}

func (f *clientFlags) add(cmd *cobra.Command) { f.addFor(cmd, "the only one") }

// addFor adds them to a command that does something else without --box.
func (f *clientFlags) addFor(cmd *cobra.Command, otherwise string) {
	configFlag(cmd, &f.path)
	cmd.Flags().StringVar(&f.box, "box", "", "`ID` of the box (default "+otherwise+")")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the result for programs")
}

// client is where a command gives its orders and asks its questions.
type client struct {
	*gateway.Client
	ctx      context.Context
	data     string
	box      string
	boxes    []config.Box
	language call.Language
	out, err io.Writer
	json     bool
	showBox  bool // there are several boxes, and none was named
}

// connect runs f at the desk. With one, the box is needed and has to be clear; without,
// "" stands for all of them.
func (f *clientFlags) connect(cmd *cobra.Command, oneBox bool, do func(*client) error) error {
	cfg, err := loadConfig(f.path)
	if err != nil {
		return err
	}
	if err := hasBox(cfg, f.box); err != nil {
		return err
	}
	box := f.box
	if oneBox {
		if box, err = onlyBox(cfg, box); err != nil {
			return err
		}
	}
	c := &client{
		ctx: cmd.Context(), data: cfg.Data, box: box, boxes: cfg.Boxes, language: cfg.Language,
		out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), json: f.json,
		showBox: box == "" && len(cfg.Boxes) > 1,
	}
	// What goes wrong is told by the results; the log is for what nobody asked about.
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelError}))
	connect := gateway.Connect
	if f.readOnly {
		connect = gateway.ConnectToRead
	}
	if c.Client, err = connect(c.ctx, cfg, gateway.Options{Version: release(), Log: log}); err != nil {
		var missing *fs.PathError
		if f.readOnly && errors.As(err, &missing) && errors.Is(err, fs.ErrNotExist) {
			return fail(exitFailed, fmt.Errorf("%s: %s does not exist", missing.Op, missing.Path),
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

// order gives an order with the fields that are not empty, and reads what the result
// says into data, which may be nil. A refusal is an error.
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
			return fail(exitFailed, errors.New("read result: what answers is not callporter"), "")
		}
	}
	_, err = readResult(result)
	return err
}

// ask asks a question, and reads the answer into data.
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
		return fail(exitFailed, errors.New("read answer: what answers is not callporter, or another version"), "")
	case !r.OK:
		return fail(exitFailed, errors.New(printable(r.Error.Code+": "+r.Error.Message)), printable(r.Error.Hint))
	}
	if err := json.Unmarshal(r.Data, into); err != nil {
		return fail(exitFailed, errors.New("read answer: what answers is another version of callporter"), "")
	}
	return nil
}

// say prints for people what was done; programs have the result.
func (c *client) say(english, german string, args ...any) {
	if !c.json {
		fmt.Fprintln(c.out, printable(fmt.Sprintf(c.language.Pick(english, german), args...)))
	}
}

// print prints a value as one line of JSON.
func (c *client) print(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
