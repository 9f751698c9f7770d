package softphone

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/ipphone"
)

func statusCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell whether the IP phone is set up, known to the box, and registered",
		Long: `Tell whether the configuration uses the IP phone, where its user name and password come from,
whether the box has it and under which number inside the house, and whether the gateway that runs
has registered it. Nothing is changed.

` + accessText + `

With --json print {box, enabled, credentials, username, at_box, name, extension, numbers, outside,
running, registered, reason, hint}; credentials is configuration, setup or none, at_box null where
the box could not be asked, registered a state: up, connecting, down or off.

Exit codes: 0 the phone is there, and registered where a gateway runs that uses it, 1 it is not,
2 wrong usage, 3 unusable configuration.`,
		Example: `  callporter softphone status
  callporter softphone status --json | jq .registered`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.begin(cmd)
			if err != nil {
				return err
			}
			return s.status(cmd.Context())
		},
	}
	f.add(cmd)
	return cmd
}

// state is how the phone stands.
type state struct {
	Box         string   `json:"box"`
	Enabled     bool     `json:"enabled"`
	Credentials string   `json:"credentials"` // configuration, setup, none
	Username    string   `json:"username"`
	AtBox       *bool    `json:"at_box"` // nil = the box could not be asked
	Name        string   `json:"name"`
	Extension   string   `json:"extension"`
	Numbers     []string `json:"numbers"`
	Outside     bool     `json:"outside"` // it may register from the internet
	Running     bool     `json:"running"` // a gateway
	Registered  string   `json:"registered"`
	Reason      string   `json:"reason"`
	Hint        string   `json:"hint"`
}

func (s *session) status(ctx context.Context) error {
	link := s.registration()
	st := state{
		Box: s.box.ID, Enabled: s.box.SIP.Enabled, Credentials: "configuration", Username: s.box.SIP.Username, Numbers: []string{},
		Running: s.gateway != nil, Registered: link.State, Reason: link.Reason, Hint: link.Hint,
	}
	o, err := ipphone.Options(s.data, s.box)
	switch {
	case errors.Is(err, ipphone.ErrNotSetUp):
		st.Credentials = "none"
	case err != nil:
		return s.fileFailed(err)
	case st.Username == "":
		st.Credentials, st.Username = "setup", o.Username
	}
	boxErr := s.needsAccess()
	if s.client != nil && st.Username != "" {
		p, err := s.client.FindIPPhone(ctx, st.Username)
		if err != nil {
			boxErr = s.boxFailed(ctx, err)
		} else {
			st.AtBox = new(bool)
		}
		if p != nil {
			*st.AtBox, st.Name, st.Extension, st.Outside = true, p.Name, extension(p), p.Outside
			st.Numbers = append(st.Numbers, p.Numbers...)
		}
	}
	s.show(st)
	if err := s.print(st); err != nil {
		return err
	}
	return s.verdict(st, boxErr)
}

// verdict is the error of a phone that cannot work.
func (s *session) verdict(st state, boxErr error) error {
	set := call.Text{"run callporter softphone setup", "callporter softphone setup ausführen"}
	switch {
	case st.Credentials == "none":
		return s.fail(cli.ExitFailed, call.Text{"no IP phone is set up for callporter", "für callporter ist kein IP-Telefon eingerichtet"}, set)
	case st.AtBox == nil:
		return boxErr
	case !*st.AtBox && st.Credentials == "configuration":
		return s.fail(cli.ExitFailed, call.Text{"the box has no IP phone with the user name of the configuration", "die Box hat kein IP-Telefon mit dem Benutzernamen der Konfiguration"},
			call.Text{"see in the box under Telephony > Telephony Devices, and set sip.username", "in der Box unter Telefonie > Telefoniegeräte nachsehen und sip.username eintragen"})
	case !*st.AtBox:
		return s.fail(cli.ExitFailed, call.Text{"the box has no such IP phone any more", "die Box hat dieses IP-Telefon nicht mehr"}, set)
	case st.Running && st.Enabled && st.Registered != "up":
		message := call.Text{"the phone is not registered: %s", "das Telefon ist nicht angemeldet: %s"}.With(cmp.Or(st.Reason, st.Registered))
		hint := call.Text{st.Hint, st.Hint}
		if st.Registered == "off" {
			hint = call.Text{"the gateway was started before sip.enabled was set: start it anew", "das Gateway läuft seit vor dem Einschalten von sip.enabled: es neu starten"}
		}
		return s.fail(cli.ExitFailed, message, hint)
	}
	return nil
}

// show prints the state for people.
func (s *session) show(st state) {
	row := func(title call.Text, value call.Text) {
		s.say(call.Text{"%-12s %s", "%-15s %s"}.With(title, value))
	}
	yes := func(is bool) call.Text {
		if is {
			return call.Text{"yes", "ja"}
		}
		return call.Text{"no", "nein"}
	}
	plain := func(text string) call.Text { return call.Text{text, text} }
	row(call.Text{"switched on", "eingeschaltet"}, yes(st.Enabled))
	switch st.Credentials {
	case "none":
		row(call.Text{"set up", "eingerichtet"}, call.Text{"no", "nein"})
		return
	case "setup":
		row(call.Text{"set up", "eingerichtet"}, call.Text{"by callporter softphone setup, as %s", "durch callporter softphone setup, als %s"}.With(st.Username))
	default:
		row(call.Text{"set up", "eingerichtet"}, call.Text{"in the configuration, as %s", "in der Konfiguration, als %s"}.With(st.Username))
	}
	if st.AtBox == nil {
		row(call.Text{"at the box", "an der Box"}, call.Text{"not known", "nicht bekannt"})
	} else if row(call.Text{"at the box", "an der Box"}, yes(*st.AtBox)); *st.AtBox {
		row(call.Text{"name", "Name"}, plain(st.Name))
		row(call.Text{"number", "Nummer"}, plain(cmp.Or(st.Extension, "?")))
		rings := call.Text{"all numbers", "alle Nummern"}
		if len(st.Numbers) > 0 {
			rings = plain(strings.Join(st.Numbers, ", "))
		}
		row(call.Text{"rings for", "klingelt für"}, rings)
	}
	if st.Outside {
		row(call.Text{"internet", "Internet"}, call.Text{"it may register from the internet: untick that in the box under Telephony > Telephony Devices", "es darf sich aus dem Internet anmelden: in der Box unter Telefonie > Telefoniegeräte das Häkchen entfernen"})
	}
	switch {
	case !st.Running:
		row(call.Text{"registered", "angemeldet"}, call.Text{"no gateway is running", "es läuft kein Gateway"})
	case st.Registered == "up":
		row(call.Text{"registered", "angemeldet"}, call.Text{"yes", "ja"})
	default:
		row(call.Text{"registered", "angemeldet"}, call.Text{"no: %s", "nein: %s"}.With(cmp.Or(st.Reason, st.Registered)))
	}
}
