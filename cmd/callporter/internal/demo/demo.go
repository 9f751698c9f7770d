// Package demo is the subcommand demo: it plays a day of calls with a simulated box, the
// embedded broker and a gateway, and can check that a subscriber receives every message.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/screening/online"
)

// flags are the flags of demo.
type flags struct {
	once, asJSON, verbose bool
	speed                 float64
	language              call.Language
	broker, web           string
	version               string // of callporter
}

// configName is the file in which the demo writes its configuration for other commands.
const configName = "gateway.yaml"

// onceSpeed is the speed of demo --once.
const onceSpeed = 50

// Command returns the subcommand demo. The gateway of the demo publishes the version.
func Command(version string) *cobra.Command {
	f := flags{version: version}
	language := "en"
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show everything with a simulated box; needs no configuration",
		Long: `Start a simulated FRITZ!Box, the embedded broker and the gateway, play a day of
calls and say in plain words what happens: answered, missed, outgoing, call waiting,
answering machine, a caller barred by the box, a withheld number, parallel calls, a
restart of the box; then spam, which rings only once, a suspicious caller and a known
one, each with the reason; then spam that callporter's own phone turns away, so that
the house stays silent, and a salesman whom somebody rejects while he rings. The day
begins again until you stop it.

Look at it from another terminal while it plays; the demo prints the commands.

With --once play the day fast, once, and check that a subscriber received every
message there should be.

With --json print each message as the subscriber received it, one object a line:
{topic, payload, retain}.

Exit codes: 0 stopped, or every expected message arrived, 1 something is missing
(and what), --once was stopped, or a port cannot be opened, 2 wrong usage.`,
		Example: `  callporter demo
  callporter demo --language de --speed 3
  callporter demo --once
  callporter demo --once --json | jq -r 'select(.topic | endswith("/event")) | .payload'`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.language.UnmarshalText([]byte(language)); err != nil {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--language %q is neither en nor de", language), cli.UsageHint(cmd))
			}
			if !(f.speed > 0) {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--speed %v is not above 0", f.speed), cli.UsageHint(cmd))
			}
			if f.once && !cmd.Flags().Changed("speed") {
				f.speed = onceSpeed
			}
			return f.run(cmd)
		},
	}
	cmd.Flags().BoolVar(&f.once, "once", false, "play the day once, fast, and check what arrived")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the messages instead of the story")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "print the gateway's log too")
	cmd.Flags().Float64Var(&f.speed, "speed", 1, fmt.Sprintf("`PACE` of the day: 10 ten times as fast (%d with --once)", onceSpeed))
	cmd.Flags().StringVar(&language, "language", language, "`LANGUAGE` of the story, en or de")
	cmd.Flags().StringVar(&f.broker, "broker", "127.0.0.1:1883", "`ADDRESS` of the broker; a free port is taken if it is in use")
	cmd.Flags().StringVar(&f.web, "web", "127.0.0.1:8099", "`ADDRESS` of health and metrics; a free port is taken if it is in use")
	return cmd
}

func (f *flags) run(cmd *cobra.Command) error {
	data, err := os.MkdirTemp("", "callporter-demo-")
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	defer os.RemoveAll(data)
	box := fritztest.New(fritztest.Options{})
	if err := box.Listen("127.0.0.1:0"); err != nil {
		return fmt.Errorf("open simulated box: %w", cli.RootCause(err))
	}
	defer box.Close()
	if err := box.ListenTR064S("127.0.0.1:0"); err != nil {
		return fmt.Errorf("open simulated box: %w", cli.RootCause(err))
	}
	if err := box.ListenSIP("127.0.0.1:0"); err != nil {
		return fmt.Errorf("open simulated box: %w", cli.RootCause(err))
	}
	if err := fillBox(box, f.language); err != nil {
		return err
	}
	phoneBlock, err := startPhoneBlock()
	if err != nil {
		return err
	}
	defer phoneBlock.Close()

	subscriber := &subscriber{out: cmd.OutOrStdout(), json: f.asJSON, language: f.language, monitor: box.Addr().String()}
	cfg := f.config(data, box)
	screens(&cfg.Screening, phoneBlock)
	options := gateway.Options{
		Version: f.version, File: filepath.Join(data, configName), StampedTime: f.speed != 1,
		Timing: gateway.Timing{Redial: f.shorten(redialWait)}, Online: online.ClientOptions{RootCAs: phoneBlock.Pool},
	}
	options.Timing.FirstList = time.Millisecond // nor a simulated PhoneBlock one before its list is read
	options.Timing.Access.Client.Spacing = -1   // a simulated box needs no pause between requests
	if f.once {
		options.DialBox = subscriber.dial
	}
	if f.verbose {
		options.Log = cli.NewLog(cmd.ErrOrStderr(), cfg.Log.Format, cfg.Log.Level.Level())
	}
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	g, ended, err := start(ctx, stop, &cfg, options)
	if err != nil {
		return err
	}
	file, err := f.writeConfig(cfg)
	if err != nil {
		stop()
		<-ended
		return err
	}
	client := cli.TemporaryClient{Subscriptions: []mqtt.Subscription{{Filter: "#", Handle: subscriber.receive}}}
	err = client.Run(ctx, cfg, func(ctx context.Context, client *mqtt.Client) error {
		if !f.asJSON {
			subscriber.print(f.introduction(cfg, file))
		}
		p := player{flags: f, box: box, subscriber: subscriber, gateway: g, client: client, config: cfg}
		return p.play(ctx)
	})
	stop()
	switch failed := <-ended; {
	case failed != nil:
		return failed
	case cmd.Context().Err() == nil:
		return err
	case f.once:
		return errors.New("stopped before the day was over")
	}
	return nil
}

// redialWait is how soon the demo's gateway redials the box.
const redialWait = 500 * time.Millisecond

// shorten divides a duration by the demo's speed, down to 5 ms, which a busy machine can
// still keep.
func (f *flags) shorten(d time.Duration) time.Duration {
	return max(time.Duration(float64(d)/f.speed), min(d, 5*time.Millisecond))
}

// config is the configuration of the demo: a box with two own numbers in Berlin.
func (f *flags) config(data string, box *fritztest.Box) config.Config {
	cfg := config.Default()
	cfg.Data = data
	cfg.Language = f.language
	cfg.Broker.Listen = orAnyPort(f.broker)
	cfg.Web.Listen = orAnyPort(f.web)
	b := &cfg.Boxes[0]
	b.Host, b.MonitorPort = "127.0.0.1", box.Addr().(*net.TCPAddr).Port
	b.TR064Port, b.Password = box.TR064SAddr().(*net.TCPAddr).Port, password
	b.SIP = config.SIP{Enabled: true, Username: phoneName, Password: phonePassword, Port: box.SIPAddr().(*net.UDPAddr).Port}
	b.AreaCode = "030"
	b.Numbers = []string{"23125732=" + f.language.Pick("Practice", "Praxis"), "23125069=" + f.language.Pick("Home", "Zuhause")}
	b.Debounce = f.shorten(b.Debounce)
	return cfg
}

// orAnyPort returns the address; if it is in use, with port 0, which means any free port.
func orAnyPort(address string) string {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		listener.Close()
	} else if errors.Is(err, syscall.EADDRINUSE) {
		return anyPort(address)
	}
	return address
}

func anyPort(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address // switched off
	}
	return net.JoinHostPort(host, "0")
}

// start starts a gateway and writes its addresses into cfg. When the gateway ends,
// stop is called, and the channel holds the error. If a port was taken since orAnyPort
// looked, as by another demo, free ports are tried once.
func start(ctx context.Context, stop func(), cfg *config.Config, o gateway.Options) (*gateway.Gateway, <-chan error, error) {
	for retried := false; ; retried = true {
		g, err := gateway.New(*cfg, o)
		if err != nil {
			return nil, nil, usageError(err)
		}
		ended, done := make(chan error, 1), make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		select {
		case err := <-ended:
			if errors.Is(err, syscall.EADDRINUSE) && !retried {
				cfg.Broker.Listen, cfg.Web.Listen = anyPort(cfg.Broker.Listen), anyPort(cfg.Web.Listen)
				continue
			}
			return nil, nil, cli.Fail(cli.ExitFailed, err, "give --broker and --web addresses of this machine, such as 127.0.0.1:0")
		case <-g.Ready():
		}
		cfg.Broker.Listen = g.BrokerAddr().String()
		if g.WebAddr() != nil {
			cfg.Web.Listen = g.WebAddr().String()
		}
		go func() { err := <-ended; stop(); done <- err }()
		return g, done, nil
	}
}

// usageError turns an error of the configuration into one of the flag it came from.
func usageError(err error) error {
	var all *config.Problems
	if !errors.As(err, &all) {
		return err
	}
	flag := map[string]string{"broker.listen": "--broker", "web.listen": "--web"}[all.List[0].Key]
	text := strings.TrimSuffix(all.List[0].Text, ", or broker.users")
	text = strings.NewReplacer("broker.listen", "--broker", "web.listen", "--web").Replace(text)
	return cli.Fail(cli.ExitUsage, fmt.Errorf("%s %s", flag, text), "callporter demo --help shows what is allowed")
}

// writeConfig writes what other commands need to know of the demo, so that they can be tried
// on it, into its data directory.
func (f *flags) writeConfig(cfg config.Config) (path string, err error) {
	path = filepath.Join(cfg.Data, configName)
	b := &cfg.Boxes[0]
	text := fmt.Sprintf("data: %q\nlanguage: %s\nboxes: [{id: %s, host: %q, monitor_port: %d, tr064_port: %d, password: %q, area_code: %q, numbers: %s}]\nbroker: {listen: %q}\nweb: {listen: %q}\n",
		cfg.Data, cfg.Language, b.ID, b.Host, b.MonitorPort, b.TR064Port, password, b.AreaCode, quoted(b.Numbers), cfg.Broker.Listen, cfg.Web.Listen)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write configuration of the demo: %w", err)
	}
	return path, nil
}

// quoted writes texts as a list of YAML.
func quoted(texts []string) string {
	list, _ := json.Marshal(texts) // strings can always be encoded
	return string(list)
}

// introduction says how the demo can be looked at, and which commands can be tried on it.
func (f *flags) introduction(cfg config.Config, file string) string {
	var text strings.Builder
	list := func(begin, end string, rows ...[3]string) {
		width := 0
		for _, row := range rows {
			width = max(width, len(row[0]))
		}
		for _, row := range rows {
			fmt.Fprintf(&text, "\n  %s%-*s%s   %s", begin, width, row[0], end, f.language.Pick(row[1], row[2]))
		}
	}
	text.WriteString(f.language.Pick(`callporter is running: a simulated FRITZ!Box, the embedded broker, the gateway.
Ctrl-C ends it. From another terminal, try it:
`, `callporter läuft: eine simulierte FRITZ!Box, der eingebaute Broker, das Gateway.
Strg-C beendet es. Von einem anderen Terminal aus lässt es sich ausprobieren:
`))
	watch := [3]string{"watch", "the calls as they happen", "die Anrufe, wie sie kommen"}
	if runtime.GOOS == "windows" || f.once { // there is no command socket, or no time
		list(calledAs()+" ", " --mqtt mqtt://"+cfg.Broker.Listen, watch)
	} else {
		list(calledAs()+" ", " --config "+file, watch,
			[3]string{"status", "how it is doing", "wie es ihm geht"},
			[3]string{"block last", "block the last caller", "den letzten Anrufer sperren"},
			[3]string{"undo", "take that back", "das zurücknehmen"})
	}
	text.WriteString(f.language.Pick("\n\nWhat it publishes:\n", "\n\nWas es veröffentlicht:\n"))
	host, port, _ := net.SplitHostPort(cfg.Broker.Listen)
	list(fmt.Sprintf("mosquitto_sub -h %s -p %s -v -t ", host, port), "",
		[3]string{"'callporter/#'", "calls and states", "Anrufe und Zustände"},
		[3]string{"'homeassistant/#'", "what Home Assistant finds", "was Home Assistant findet"})
	if cfg.Web.Listen != "" {
		list("curl http://"+cfg.Web.Listen, "",
			[3]string{"/readyz", "what works, and what does not", "was geht und was nicht"},
			[3]string{"/metrics", "numbers for Prometheus", "Zahlen für Prometheus"})
	}
	return text.String()
}

// calledAs is how the user has called callporter.
func calledAs() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/callporter"
	}
	return os.Args[0]
}
