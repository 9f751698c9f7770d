package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

func newWatch() *cobra.Command {
	var f cli.BrokerFlags
	var asJSON bool
	var count int
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show the calls of a running gateway as they happen",
		Long: `Subscribe to the events of a running gateway and print one line for each: when a
call rings, is answered, ends. Also says when the gateway, its broker or the link to
a box goes away or comes back; watch itself stays. Numbers are shown in full; this is
your own telephone.

The broker is the one of the configuration; without one it is that of the gateway that
runs, or else callporter's own on this machine.

With --json print the event documents as they are published, one a line, and all else
on standard error.

Exit codes: 0 stopped, or --count events were seen, 1 failed, 2 wrong usage,
3 unusable configuration, 4 no broker answers at the start.`,
		Example: `  callporter watch
  callporter watch --mqtt mqtt://192.168.178.10 --json | jq .caller.number
  callporter watch --count 1 && echo "there was a call"`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if count < 0 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--count %d is below 0", count), cli.UsageHint(cmd))
			}
			cfg, err := loadBroker(cmd.Context(), &f)
			if err != nil {
				return err
			}
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			topics := topic.Topics{Base: cfg.MQTT.BaseTopic}
			w := watcher{
				topics: topics, events: cmd.OutOrStdout(), notes: cmd.OutOrStdout(), json: asJSON,
				language:  cfg.Language,
				zone:      cfg.Boxes[0].Location(),
				remaining: count, stop: stop, boxes: map[string]bool{}, seen: map[string]string{},
			}
			if asJSON {
				w.notes = cmd.ErrOrStderr()
			}
			statuses := make(chan mqtt.Status, 16)
			t := cli.TemporaryClient{
				Subscriptions: []mqtt.Subscription{
					{Filter: topics.Base + "/+/event", Handle: w.event},
					{Filter: topics.Base + "/+/link", Handle: w.link},
					{Filter: topics.Availability(), Handle: w.availability},
				},
				Status: func(s mqtt.Status) {
					select {
					case statuses <- s:
					default: // the printer is blocked; the next status says it again
					}
				},
			}
			return t.Run(ctx, cfg, func(ctx context.Context, client *mqtt.Client) error {
				fmt.Fprintf(cmd.ErrOrStderr(), cfg.Language.Pick("watching %s at %s\n", "beobachtet wird %s an %s\n"), topics.Base, client.Status().Broker)
				w.watch(ctx, statuses)
				return nil
			})
		},
	}
	f.Add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the event documents, one a line")
	cmd.Flags().IntVar(&count, "count", 0, "stop after `N` events; 0 = never")
	return cmd
}

// noGatewayAfter is how long a broker may take to send what it retains. A gateway that
// has published nothing by then was never there.
const noGatewayAfter = time.Second

// watcher prints the events and the changes of state that it receives.
type watcher struct {
	topics        topic.Topics
	events, notes io.Writer
	json          bool
	language      call.Language
	zone          *time.Location // of the first box
	stop          func()

	mu           sync.Mutex
	remaining    int               // events to print; 0 or below = all that come
	done         bool              // all events of --count have been printed
	boxes        map[string]bool   // that have published something
	seen         map[string]string // last value of link and availability topics
	brokerDown   bool              // the connection is lost
	brokerReason mqtt.Reason       // printed last
}

// watch prints changes of the connection until ctx ends, and after noGatewayAfter a note if
// no gateway was there.
func (w *watcher) watch(ctx context.Context, statuses <-chan mqtt.Status) {
	noGateway := time.After(noGatewayAfter)
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-statuses:
			w.broker(s)
		case <-noGateway:
			w.noGateway()
		}
	}
}

func (w *watcher) event(_ context.Context, m mqtt.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	where := w.box(m.Topic)
	if where == "" || w.done {
		return
	}
	if len(w.boxes) == 1 {
		where = "" // goes without saying
	}
	line, ok := cli.EventLine(m.Payload, where, w.language)
	if !ok {
		return
	}
	if w.json {
		var one bytes.Buffer
		json.Compact(&one, m.Payload) // it is JSON, cli.EventLine has read it
		line = one.String()
	}
	fmt.Fprintln(w.events, line)
	if w.remaining--; w.remaining == 0 {
		w.done = true
		w.stop()
	}
}

func (w *watcher) link(_ context.Context, m mqtt.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id := w.box(m.Topic); id != "" {
		w.noteChange(m, w.language.Pick("box ", "Box ")+id)
	}
}

func (w *watcher) availability(_ context.Context, m mqtt.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteChange(m, "callporter")
}

// maxBoxes bounds the boxes that are remembered: any client may publish on made-up topics.
const maxBoxes = 1000

// box returns the id of the box in a topic, or "" if it is no valid id.
func (w *watcher) box(name string) string {
	id := name[len(w.topics.Base)+1 : strings.LastIndexByte(name, '/')]
	if !topic.ValidBox(id) || len(w.boxes) == maxBoxes && !w.boxes[id] {
		return ""
	}
	w.boxes[id] = true
	return id
}

// noteChange prints a change of a link or availability topic once.
func (w *watcher) noteChange(m mqtt.Message, what string) {
	value := string(m.Payload)
	if w.seen[m.Topic] == value || value != "online" && value != "offline" {
		return
	}
	w.seen[m.Topic] = value
	w.note(what + w.language.Pick(" is ", " ist ") + value)
}

func (w *watcher) note(text string) {
	if !w.done {
		fmt.Fprintf(w.notes, "%s  %s\n", time.Now().In(w.zone).Format(time.TimeOnly), cli.Printable(text))
	}
}

// broker prints when the broker goes away and comes back, and once for each reason why it
// rejects us.
func (w *watcher) broker(s mqtt.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case s.Up && w.brokerDown:
		w.brokerDown, w.brokerReason = false, ""
		w.note(w.language.Pick("broker ", "Broker ") + s.Broker + w.language.Pick(" is back", " ist wieder da"))
	case !s.Up && !w.brokerDown && s.Reason != mqtt.ReasonStopped:
		w.brokerDown = true
		w.note(w.language.Pick("broker ", "Broker ") + s.Broker + w.language.Pick(" is away", " ist weg"))
	}
	if !s.Up && (s.Reason.Final() || s.Reason == mqtt.ReasonOtherClient) && s.Reason != w.brokerReason {
		w.brokerReason = s.Reason
		w.note(w.language.Pick("broker ", "Broker ") + s.Broker + ": " + s.Hint(w.language))
	}
}

// noGateway prints a note if no gateway has ever published on these topics.
func (w *watcher) noGateway() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		w.note(fmt.Sprintf(w.language.Pick("no callporter has published under %s here yet: start it, or give its --base-topic",
			"unter %s hat hier noch kein callporter etwas veröffentlicht: es starten oder sein --base-topic angeben"), w.topics.Base))
	}
}
