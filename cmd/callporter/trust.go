package main

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newTrust() *cobra.Command {
	var f clientFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "trust [BOX]",
		Short: "Trust a new certificate of the box",
		Long: `Show the SHA-256 fingerprint of the certificate that is trusted and of the one the box shows
now, and after a question trust the one it shows. callporter remembers the first certificate it
sees and talks to no other, so this is needed after the box was reset, replaced, or got a new
certificate. If nothing of that happened, somebody else may be answering in the box's place:
compare the fingerprint with the one of the box itself first.

A fingerprint in the configuration counts alone and is changed there. BOX is the id of the box.

With --json print {box, trusted, shown, changed, accepted} and ask nothing: without --yes that
only shows both, and the exit code is 0; accepted says whether the one shown is trusted by now.

` + accessText + `
` + clientText + `

` + clientExits,
		Example: `  callporter trust
  callporter trust fritzbox --yes
  callporter trust --json | jq .changed`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.NoArguments(cmd, args[1:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if f.box != "" && f.box != args[0] {
					return cli.Fail(cli.ExitUsage, errors.New("two boxes are named"), "")
				}
				f.box = args[0]
			}
			return f.connect(cmd, true, func(c *client) error { return trust(cmd, c, yes) })
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func trust(cmd *cobra.Command, c *client, yes bool) error {
	var cert struct{ Trusted, Shown string }
	if err := c.ask("certificate", nil, &cert); err != nil {
		return err
	}
	none := c.language.Pick("none yet", "noch keinem")
	c.say("trusted: %s", "vertraut: %s", cmp.Or(cert.Trusted, none))
	c.say("shown:   %s", "gezeigt:  %s", cert.Shown)
	report := struct {
		Box     string `json:"box"`
		Trusted string `json:"trusted"`
		Shown   string `json:"shown"`
		Changed bool   `json:"changed"`

		Accepted bool `json:"accepted"`
	}{c.box, cert.Trusted, cert.Shown, cert.Trusted != cert.Shown, cert.Trusted == cert.Shown}
	switch {
	case report.Changed && c.json && !yes: // shown, not trusted
	case report.Changed:
		question := c.language.Pick("Trust the certificate that the box shows now?", "Dem Zertifikat trauen, das die Box jetzt zeigt?")
		if err := cli.Confirm(cmd, yes, c.language, question); err != nil {
			return err
		}
		quiet := *c
		quiet.json = false
		if err := quiet.order("trust", map[string]string{"fingerprint": cert.Shown}, nil); err != nil {
			return err
		}
		report.Accepted = true
		c.say("the new certificate is trusted", "dem neuen Zertifikat wird vertraut")
	default:
		c.say("it is the same, nothing is to be done", "es ist dasselbe, nichts ist zu tun")
	}
	if c.json {
		return c.print(report)
	}
	return nil
}
