package main

import (
	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/screen"
	"github.com/callporter/callporter/gateway/config"
)

// screenClient is a client for the subcommand screen.
type screenClient struct{ *client }

// Ask asks a question and decodes the data of its answer.
func (c screenClient) Ask(name string, args map[string]string, into any) error {
	return c.ask(name, args, into)
}

// connectToScreen connects the subcommand screen.
func connectToScreen(cmd *cobra.Command, path, box string, do func(screen.Gateway, config.Config) error) error {
	f := clientFlags{path: path, box: box, readOnly: true}
	return f.connect(cmd, false, func(c *client) error {
		return do(screenClient{c}, config.Config{Boxes: c.boxes, Language: c.language})
	})
}
