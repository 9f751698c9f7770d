package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/query"
)

// found is the configuration of a command and the gateway that runs on its data directory.
type found struct {
	config  config.Config
	running bool
	looked  []string // data directories
	path    string   // of the flag --config
}

// findGateway reads the configuration and looks for a running gateway: in the data directory
// that is configured or, where none is, in those that a gateway may have. Without a
// configuration, that of the gateway is taken over.
func findGateway(ctx context.Context, path string) (found, error) {
	cfg, err := cli.LoadConfig(path)
	if err != nil {
		return found{}, err
	}
	f := found{config: cfg, looked: []string{cfg.Data}, path: path}
	if usual := cli.StateDirectories(); usual[0] == cfg.Data {
		f.looked = usual
	}
	var denied error
	var deniedDir string
	for _, dir := range f.looked {
		conn, err := control.Dial(ctx, dir)
		switch {
		case err == nil:
			conn.Close()
			f.running, f.config.Data = true, dir
			if !cli.Configured(path) {
				f.takeOver(ctx)
			}
			return f, nil
		case errors.Is(err, fs.ErrPermission) && denied == nil:
			denied, deniedDir = err, dir
		}
	}
	fresh := !isFile(filepath.Join(cfg.Data, "lock"))
	switch {
	case denied != nil && deniedDir == cfg.Data:
		return f, sendHint(denied, cfg.Data)
	case denied != nil && (fresh || !cli.Configured(path)):
		return f, cli.Fail(cli.ExitFailed, fmt.Errorf("look for a running gateway: %s: %w", control.SocketPath(deniedDir), cli.RootCause(denied)),
			"run this as the user that callporter runs as, or set data to the directory to use")
	}
	return f, nil
}

// takeOver takes over what the running gateway has as its configuration. One of an earlier
// version does not tell.
func (f *found) takeOver(ctx context.Context) {
	s, err := askStatus(ctx, f.config.Data)
	if err != nil || len(s.Boxes) == 0 {
		return
	}
	f.config.Boxes = nil
	for _, b := range s.Boxes {
		box := config.DefaultBox()
		box.ID, box.Name, box.Country, box.AreaCode = b.ID, b.Name, b.Country, b.AreaCode
		f.config.Boxes = append(f.config.Boxes, box)
	}
	var l call.Language
	if l.UnmarshalText([]byte(s.Language)) == nil {
		f.config.Language = l
	}
}

// languageOf is the language of what a command says: without a configuration that of the
// gateway that runs.
func languageOf(cmd *cobra.Command) call.Language {
	path := ""
	if flag := cmd.Flags().Lookup("config"); flag != nil {
		path = flag.Value.String()
	}
	if !cli.Configured(path) && cmd.Flags().Lookup("language") == nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if here, err := findGateway(ctx, path); err == nil && here.running {
			return here.config.Language
		}
	}
	return cli.LanguageOf(cmd)
}

// usable returns an error unless a gateway runs, or the command may work by itself: with a
// configuration, or in a data directory that was named and has been used. Otherwise it
// would write where no gateway ever looks.
func (f *found) usable(readOnly bool) error {
	used := isFile(datadir.JournalPath(f.config.Data))
	if f.running || cli.Configured(f.path) || used && (readOnly || os.Getenv("CALLPORTER_DATA") != "") {
		return nil
	}
	return cli.Fail(cli.ExitNoAnswer, errors.New("no configuration was found, and no gateway is running"),
		"give --config FILE, or start callporter run; looked for a configuration in "+cli.ConfigPlaces()+", for a gateway in "+strings.Join(f.looked, ", "))
}

// loadBroker reads which broker to connect to. Where neither flag nor configuration says so,
// it is the one of the gateway that runs.
func loadBroker(ctx context.Context, f *cli.BrokerFlags) (config.Config, error) {
	cfg, err := f.Load()
	if err != nil || !f.Unnamed() {
		return cfg, err
	}
	here, err := findGateway(ctx, "")
	if err != nil || !here.running {
		return cfg, nil // the usual address is tried
	}
	s, err := askStatus(ctx, here.config.Data)
	if err != nil {
		return cfg, nil
	}
	address := s.Ports["broker.listen"]
	if address == "" {
		return cfg, cli.Fail(cli.ExitUsage, errors.New("the gateway that runs uses another broker"), "give the --config it runs with, or the broker by --mqtt")
	}
	here.config.Broker.Listen, here.config.MQTT.BaseTopic = address, cmp.Or(f.BaseTopic, s.Base, cfg.MQTT.BaseTopic)
	return here.config, nil
}

// askStatus asks the gateway that runs on a data directory how it is doing.
func askStatus(ctx context.Context, data string) (s query.Status, err error) {
	answer, err := control.Exchange(ctx, data, control.Request{Query: "status"})
	if err != nil {
		return s, err
	}
	var r struct {
		OK   bool
		Data query.Status
	}
	if json.Unmarshal(answer, &r) != nil || !r.OK {
		return s, errOtherVersion
	}
	return r.Data, nil
}

func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
