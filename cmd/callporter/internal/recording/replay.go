package recording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// ReplayCommand returns the subcommand replay.
func ReplayCommand() *cobra.Command {
	var f cli.BrokerFlags
	var o gateway.ReplayOptions
	var asJSON, publish bool
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Play a recorded call monitor log through the whole pipeline",
		Long: `Read a call monitor log, such as record keeps or somebody copied into a bug report,
and show what callporter makes of it: one line for each event, then a summary. The
time stamps of the lines are the time. Blank lines and lines that begin with # are
skipped, lines that cannot be read are counted; FILE - is standard input.

Numbers are completed with the country and area code of the configured box, and
own numbers are found by its list. Without a configuration these are DE and none.

With --publish everything goes to the broker as well, as a running gateway would
publish it; give --base-topic so that it does not mix with one.

With --json print an object for each event ({"event": …}), for each ended call
({"call": …}) and a last one ({"summary": {lines, bad, calls}}): lines is how many
there are, bad how many of them could not be read, by reason, calls how many ended,
by outcome.

Exit codes: 0 the log was read, also with bad lines, 1 it cannot be read or was not
read to its end, 2 wrong usage, 3 unusable configuration, 4 no broker answers.`,
		Example: `  callporter replay fritzbox.log
  callporter replay --json fritzbox.log | jq 'select(.call) | .call.outcome'
  callporter replay --publish --speed 10 --base-topic try fritzbox.log
  nc fritz.box 1012 | callporter replay -`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("%d files given instead of one", len(args)), "give the FILE of the log, or - for standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(o.Speed >= 0) {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--speed %v is not 0 or above", o.Speed), cli.UsageHint(cmd))
			}
			cfg, err := f.Load()
			if err != nil {
				return err
			}
			if err := cli.HasBox(cfg, o.Box); err != nil {
				return err
			}
			in, err := openLog(cmd.Context(), args[0], cmd.InOrStdin())
			if err != nil {
				return cli.Fail(cli.ExitFailed, err, "")
			}
			defer in.Close()
			p := &replayPrinter{out: cmd.OutOrStdout(), json: asJSON, language: cfg.Language}
			o.Event, o.Ended = p.event, p.ended
			play := func(ctx context.Context, client *mqtt.Client) error {
				o.Client = client
				done, err := gateway.Replay(ctx, cfg, in, o)
				if err == nil && client != nil {
					err = client.Flush(ctx)
				}
				p.summary(done)
				if ctx.Err() != nil {
					err = errors.New("stopped before the end of the log")
				}
				return err
			}
			if publish {
				return publishReplay(cmd, cfg, f.BaseTopic != "", play)
			}
			return play(cmd.Context(), nil)
		},
	}
	f.Add(cmd)
	cmd.Flags().StringVar(&o.Box, "box", "", "`ID` of the box whose settings hold (default the first)")
	cmd.Flags().Float64Var(&o.Speed, "speed", 0, "`PACE`: 1 as recorded, 10 ten times as fast, 0 at once")
	cmd.Flags().BoolVar(&publish, "publish", false, "publish to the broker too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// publishReplay plays to the broker. A gateway that runs on the same topics would correct
// what the replay retains there only with its next change. So beside a running gateway
// the user has to give --base-topic.
func publishReplay(cmd *cobra.Command, cfg config.Config, topicsGiven bool, play func(context.Context, *mqtt.Client) error) error {
	running := make(chan struct{}, 1)
	handle := func(_ context.Context, m mqtt.Message) {
		if string(m.Payload) == "online" {
			select {
			case running <- struct{}{}:
			default:
			}
		}
	}
	t := cli.TemporaryClient{Subscriptions: []mqtt.Subscription{{Filter: topic.Topics{Base: cfg.MQTT.BaseTopic}.Availability(), Handle: handle}}}
	return t.Run(cmd.Context(), cfg, func(ctx context.Context, client *mqtt.Client) error {
		if !topicsGiven {
			select {
			case <-running:
				return cli.Fail(cli.ExitFailed, fmt.Errorf("publish replay: a gateway is running on %s", cfg.MQTT.BaseTopic), "give --base-topic another name, or stop the gateway first")
			case <-time.After(cli.RetainedWait):
			case <-ctx.Done():
			}
		}
		return play(ctx, client)
	})
}

func openLog(ctx context.Context, path string, stdin io.Reader) (io.ReadCloser, error) {
	if path == "-" {
		return cli.Input(ctx, stdin), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	return file, nil
}

// replayPrinter prints the events, calls and counts of a replay.
type replayPrinter struct {
	out      io.Writer
	json     bool
	language call.Language
}

func (p *replayPrinter) event(_ call.Transition, document []byte) {
	if p.json {
		p.object("event", json.RawMessage(document))
	} else if line, ok := cli.EventLine(document, "", p.language); ok {
		fmt.Fprintln(p.out, line)
	}
}

func (p *replayPrinter) ended(_ call.Call, document []byte) {
	if p.json {
		p.object("call", json.RawMessage(document))
	}
}

func (p *replayPrinter) object(key string, value any) {
	json.NewEncoder(p.out).Encode(map[string]any{key: value})
}

// germanCounts are the words of the German summary, behind a number; English has
// the codes.
var germanCounts = map[string]string{
	"too_long": "zu lang", "too_few_fields": "mit zu wenig Feldern", "bad_stamp": "mit falscher Zeit",
	"unknown_event": "mit unbekanntem Ereignis", "bad_connection": "mit falscher Verbindungsnummer",
	"bad_duration": "mit falscher Dauer", "cut": "abgeschnitten",

	"answered": "angenommen", "missed": "verpasst", "unanswered": "nicht angenommen", "rejected": "abgewiesen",
	"blocked": "gesperrt", "voicemail": "auf Anrufbeantworter", "lost": "verloren",
}

// summary prints the numbers of lines and calls. A count of 0 is in the JSON, but not in
// the text for people.
func (p *replayPrinter) summary(done gateway.Replayed) {
	bad, calls := map[string]int{}, map[string]int{}
	var badWords, callWords []string
	total := 0
	for _, reason := range callmonitor.LineReasons {
		n := done.Bad[reason]
		if bad[reason.String()] = n; n > 0 {
			total += n
			badWords = append(badWords, p.count(n, reason.String()))
		}
	}
	for _, outcome := range call.Outcomes {
		n := done.Calls[outcome]
		if calls[outcome.String()] = n; n > 0 {
			callWords = append(callWords, p.count(n, outcome.String()))
		}
	}
	lines := done.Lines + total
	if p.json {
		p.object("summary", map[string]any{"lines": lines, "bad": bad, "calls": calls})
		return
	}
	text := fmt.Sprintf(p.language.Pick("\n%s, %d bad", "\n%s, %d unlesbar"),
		cli.Counted(lines, p.language.Pick("line", "Zeile"), p.language.Pick("lines", "Zeilen")), total)
	if total > 0 {
		text += " (" + strings.Join(badWords, ", ") + ")"
	}
	if len(callWords) == 0 {
		callWords = []string{p.language.Pick("none", "keine")}
	}
	fmt.Fprintf(p.out, p.language.Pick("%s; calls: %s\n", "%s; Anrufe: %s\n"), text, strings.Join(callWords, ", "))
}

// count writes a number with the words of a code.
func (p *replayPrinter) count(n int, code string) string {
	return fmt.Sprint(n, " ", p.language.Pick(strings.ReplaceAll(code, "_", " "), germanCounts[code]))
}
