// Package discovery is the subcommand discovery: what Home Assistant finds, printed or
// removed, and what a broker retains of earlier configurations.
package discovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
)

// Command returns the subcommand discovery. The documents name the version.
func Command(version string) *cobra.Command {
	var f cli.BrokerFlags
	var remove, stale, asJSON bool
	cmd := &cobra.Command{
		Use:   "discovery",
		Short: "Print or remove what Home Assistant finds",
		Long: `Print the documents that make Home Assistant find the boxes: each topic, and the
document below it. Nothing is connected.

With --remove clear them on the broker, and three seconds later the retained state, so
that the devices disappear from Home Assistant. Ctrl-C ends the wait alone. A running
gateway publishes them again at its next connect: stop it first, or set
discovery.enabled to false. With --base-topic only what belongs to these topics is
cleared, such as what a replay left; a document of a gateway on others stays.

With --leftovers print the topics below <base>/ where the broker retains something that
this configuration did not publish: that of a box or a number which is gone, a command
somebody published with the retain flag, or another program's. callporter check counts
them. With --remove as well clear them; topics that another callporter may need, since
one is online and none runs here, are not touched.

With --json print {"topic": …, "payload": …} a line, with --leftovers {"topic": …}, with
--remove {"removed": …}.

Exit codes: 0 done, 1 the broker did not confirm in time or keeps what should go, or
another callporter is online, 2 wrong usage, 3 unusable configuration, 4 no broker
answers.`,
		Example: `  callporter discovery
  callporter discovery --json | jq -r .topic
  callporter discovery --remove --mqtt mqtt://192.168.178.10
  callporter discovery --leftovers
  callporter discovery --leftovers --remove`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.Load()
			if err != nil {
				return err
			}
			if stale {
				return staleTopics(cmd, cfg, remove, asJSON)
			}
			if remove {
				return removeDiscovery(cmd, cfg, f.BaseTopic != "", asJSON)
			}
			documents, err := retained.Documents(cfg, version)
			if err != nil {
				return cli.Fail(cli.ExitConfig, err, cli.ExampleHint)
			}
			for i, d := range documents {
				if asJSON {
					json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"topic": d.Topic, "payload": json.RawMessage(d.Payload)})
					continue
				}
				pretty, err := json.MarshalIndent(json.RawMessage(d.Payload), "", "  ")
				if err != nil {
					return err
				}
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", d.Topic, pretty)
			}
			return nil
		},
	}
	f.Add(cmd)
	cmd.Flags().BoolVar(&remove, "remove", false, "clear the documents and the retained state on the broker")
	cmd.Flags().BoolVar(&stale, "leftovers", false, "print instead what the broker retains that this configuration did not publish")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// clearTopics clears retained topics. What is begun is carried through, also when ctx ends.
func clearTopics(ctx context.Context, client *mqtt.Client, topics []string) error {
	for _, topic := range topics {
		client.Retain(topic, nil)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cli.SilentTimeout)
	defer cancel()
	if err := client.Flush(ctx); err != nil {
		return cli.Fail(cli.ExitFailed, errors.New("remove documents: the broker did not confirm in time"), "look at its log, and try again")
	}
	return nil
}

// printTopic prints a topic: for programs as {word: topic}, for people with "removed" before
// it.
func printTopic(out io.Writer, word, topic string, l call.Language, asJSON bool) {
	switch {
	case asJSON:
		json.NewEncoder(out).Encode(map[string]string{word: topic})
	case word == "removed":
		fmt.Fprintln(out, l.Pick(word, "entfernt"), cli.Printable(topic))
	default:
		fmt.Fprintln(out, cli.Printable(topic))
	}
}
