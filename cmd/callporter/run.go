package main

import (
	"errors"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
)

func newRun() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Follow the calls and publish them",
		Long: `Connect to the call monitor of each configured FRITZ!Box, follow every call and
publish it by MQTT. Home Assistant finds the devices by itself. Runs until it is
told to stop (SIGINT, SIGTERM, or SIGHUP when its terminal is closed); a second
signal stops it at once. A changed configuration counts from the next start.

` + cli.ConfigOrder + ` Where none is,
the defaults count: the box is fritz.box, and callporter itself is the broker on
127.0.0.1:1883. CALLPORTER_ variables override any key, such as CALLPORTER_MQTT_URL.

A box or a broker that is away does not end it: it tries again for ever and says
what to do in <base>/<box>/health and in its log, which goes to standard error.

Exit codes: 0 stopped in order, 1 a port or the data directory is in use or cannot
be opened, 2 wrong usage, 3 unusable configuration.`,
		Example: `  callporter run
  callporter run --config /etc/callporter/home.yaml
  CALLPORTER_MQTT_URL=mqtt://192.168.178.10 callporter run`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := cli.LoadFiles(path)
			if err != nil {
				return err
			}
			boundMemory(len(cfg.Boxes))
			log := cli.NewLog(cmd.ErrOrStderr(), cfg.Log.Format, cfg.Log.Level.Level())
			if ignored := cli.IgnoredConfig(path); ignored != "" {
				log.Warn("gateway.yaml of the working directory is used, not the file of CALLPORTER_CONFIG; --config names the one to use", "ignored", ignored)
			}
			g, err := gateway.New(cfg, gateway.Options{Version: release(), File: config.FilePath(cli.ConfigPath(path)), Log: log})
			if err != nil {
				return cli.Fail(cli.ExitConfig, err, cli.ExampleHint)
			}
			go releaseStart(cmd.Context(), g.Ready())
			return runHint(g.Run(cmd.Context()))
		},
	}
	cli.ConfigFlag(cmd, &path)
	return cmd
}

// runHint adds a hint to an error of the gateway.
func runHint(err error) error {
	hint := ""
	var port *config.ListenError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, datadir.ErrRunning):
		hint = "stop it, or set data to another directory for a second one"
	case errors.As(err, &port):
		hint = portHint(port)
	case errors.Is(err, os.ErrPermission):
		hint = "check the owner of the directory, or set data to another one"
	}
	return cli.Fail(cli.ExitFailed, err, hint)
}

// portHint says what to do about a port that cannot be opened.
func portHint(port *config.ListenError) string {
	switch {
	case errors.Is(port, syscall.EADDRINUSE) && port.Key == "broker.listen":
		return "another program has this port: set broker.listen to a free one, or mqtt.url to use the broker that is there"
	case errors.Is(port, syscall.EADDRINUSE):
		return "another program has this port: set " + port.Key + ` to a free one, or to "" for none`
	case errors.Is(port, os.ErrPermission):
		return "ports below 1024 belong to root: set " + port.Key + " to a higher one"
	}
	return "check " + port.Key + ": the address must be one of this machine"
}
