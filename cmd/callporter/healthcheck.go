package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
)

func newHealthcheck() *cobra.Command {
	var path, address string
	var timeout time.Duration
	var alive bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask a running gateway whether it is well",
		Long: `Ask the running gateway's /readyz whether it is connected to its broker, and print
the answer, which is JSON: {status, version, checks: [{name, ok, reason}]}. A box that is off does
not make a gateway unready; its link is one of the checks. Made for the health check
of a container and for systemd.

With --alive ask /healthz instead: whether the process works at all.

Exit codes: 0 it is well, 1 it is not (the answer says why), 2 wrong usage,
3 unusable configuration or web.listen is empty, 4 nothing answers.`,
		Example: `  callporter healthcheck
  callporter healthcheck --url http://192.168.178.10:8099 | jq '.checks[] | select(.ok | not)'
  HEALTHCHECK CMD ["callporter", "healthcheck", "--alive"]    # in a Dockerfile`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if timeout <= 0 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--timeout %v is not above 0", timeout), cli.UsageHint(cmd))
			}
			if address == "" {
				cfg, err := cli.LoadConfig(path)
				if err != nil {
					return err
				}
				if cfg.Web.Listen == "" {
					return cli.Fail(cli.ExitConfig, errors.New("ask gateway: web.listen is empty"), "set web.listen, or give --url")
				}
				address = "http://" + config.Reachable(cfg.Web.Listen)
			}
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--url %q is not the address of a gateway", address), "give one such as http://127.0.0.1:8099")
			}
			page := "readyz"
			if alive {
				page = "healthz"
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return healthcheck(ctx, cmd.OutOrStdout(), u.JoinPath(page).String())
		},
	}
	cli.ConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&address, "url", "", "`URL` of the gateway, such as http://127.0.0.1:8099 (default from web.listen)")
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "longest `TIME` to wait for the answer")
	cmd.Flags().BoolVar(&alive, "alive", false, "ask whether the process works, not whether it is connected")
	return cmd
}

// maxAnswer bounds the answer, in bytes.
const maxAnswer = 64 << 10

// healthcheck asks once. It uses no proxy, because the gateway is on this computer or in
// this network.
func healthcheck(ctx context.Context, out io.Writer, page string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return cli.Fail(cli.ExitUsage, err, "")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	var body []byte
	if err == nil {
		defer answer.Body.Close()
		body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("no answer in time")
	}
	const nobody = "is callporter running, and web.listen the address it uses?"
	if err != nil {
		return cli.Fail(cli.ExitNoAnswer, fmt.Errorf("ask %s: %w", page, cli.RootCause(err)), nobody)
	}
	var report struct{ Status string }
	var line bytes.Buffer
	if json.Unmarshal(body, &report) != nil || report.Status == "" || json.Compact(&line, body) != nil {
		return cli.Fail(cli.ExitNoAnswer, fmt.Errorf("ask %s: what answers is not callporter (%s)", page, answer.Status), nobody)
	}
	fmt.Fprintln(out, line.String())
	if answer.StatusCode != http.StatusOK {
		return cli.Fail(cli.ExitFailed, fmt.Errorf("the gateway is not well: %s", answer.Status), "")
	}
	return nil
}
