package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/cmd/callporter/internal/screen"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
)

// screenClient is a client for the subcommand screen.
type screenClient struct{ *client }

// Ask asks a question and decodes the data of its answer.
func (c screenClient) Ask(name string, args map[string]string, into any) error {
	return c.ask(name, args, into)
}

func newScreen() *cobra.Command {
	return screen.Command(screen.Options{Version: release(), Connect: connectToScreen, Inject: injectCallers})
}

// connectToScreen connects the subcommand screen.
func connectToScreen(cmd *cobra.Command, path, box string, do func(screen.Gateway, config.Config) error) error {
	f := clientFlags{path: path, box: box, readOnly: true}
	return f.connect(cmd, false, func(c *client) error {
		return do(screenClient{c}, config.Config{Boxes: c.boxes, Language: c.language})
	})
}

// injectCallers gives the order inject to the gateway that runs.
func injectCallers(cmd *cobra.Command, path, box, numbers string, asJSON bool) error {
	return sendOrder(cmd, path, box, "inject", map[string]string{"numbers": numbers}, asJSON)
}

// sendOrder gives an order to the gateway that runs.
func sendOrder(cmd *cobra.Command, path, box, name string, fields map[string]string, asJSON bool) error {
	here, err := findGateway(cmd.Context(), path)
	if err != nil {
		return err
	}
	if box, err = cli.OnlyBox(here.config, box); err != nil {
		return err
	}
	payload, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if err := checkForm(box, name, payload, here.config.Language, cli.UsageHint(cmd)); err != nil {
		return err
	}
	result, err := control.Send(cmd.Context(), here.config.Data, box, name, string(payload))
	if err != nil {
		return sendHint(err, strings.Join(here.looked, ", "))
	}
	if asJSON {
		fmt.Fprintln(cmd.OutOrStdout(), string(result))
	}
	_, err = readResult(result, here.config.Language)
	if err == nil && !asJSON {
		fmt.Fprintln(cmd.OutOrStdout(), messageIn(result, here.config.Language))
	}
	return err
}
