package softphone

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/datadir"
)

func removeCommand() *cobra.Command {
	var f flags
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "Delete the IP phone at the box",
		Long: `Delete the IP phone that callporter softphone setup has made, at the box and in the data
directory, after a question. It is looked up again by its user name just before, so that no other
phone is deleted. One that the configuration names, made by hand, is left alone. The box may want
it confirmed, as with setup.

` + accessText + `

With --json print {box, username, removed}; removed says that the box had it. Give --yes then.

` + exits,
		Example: `  callporter softphone remove
  callporter softphone remove --yes --json`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.begin(cmd)
			if err != nil {
				return err
			}
			kept, err := s.kept()
			if err != nil {
				return err
			}
			if kept.Username == "" {
				s.say(call.Text{"callporter has set up no IP phone at this box, nothing is to be done", "callporter hat an dieser Box kein IP-Telefon eingerichtet, nichts ist zu tun"})
				return s.print(removal{Box: s.box.ID})
			}
			if err := s.needsAccess(); err != nil {
				return err
			}
			question := call.Text{"Delete the IP phone %s at the box?", "Das IP-Telefon %s an der Box löschen?"}.With(kept)
			if err := cli.Confirm(cmd, yes, s.language, question.In(s.language)); err != nil {
				return err
			}
			return s.remove(cmd.Context(), kept)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// removal is what came of a removal.
type removal struct {
	Box      string `json:"box"`
	Username string `json:"username"`
	Removed  bool   `json:"removed"` // the box had it
}

func (s *session) remove(ctx context.Context, kept datadir.Softphone) error {
	r := removal{Box: s.box.ID, Username: kept.Username}
	err := s.confirmed(ctx, func(ctx context.Context) (err error) {
		r.Removed, err = s.client.RemoveIPPhone(ctx, kept.Username)
		return err
	})
	if err != nil {
		return s.boxFailed(ctx, err)
	}
	if err := datadir.RemoveSoftphone(s.data, s.box.ID); err != nil {
		return s.fileFailed(err)
	}
	if r.Removed {
		s.say(call.Text{"The IP phone %s is deleted", "Das IP-Telefon %s ist gelöscht"}.With(kept))
	} else {
		s.say(call.Text{"The box had the IP phone %s no more; it is forgotten here too", "Die Box hatte das IP-Telefon %s nicht mehr; auch hier ist es vergessen"}.With(kept))
	}
	if s.box.SIP.Enabled && s.box.SIP.Username == "" {
		s.say(call.Text{"sip.enabled of the box %s is still true in the configuration: set it to false", "in der Konfiguration der Box %s ist sip.enabled noch true: false eintragen"}.With(s.box.ID))
	}
	return s.print(r)
}
