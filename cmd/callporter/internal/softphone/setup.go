package softphone

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/ipphone"
)

// Waits of the set-up.
const (
	settleTime   = 1500 * time.Millisecond // for the box to know a phone that was just set up
	registerTime = 15 * time.Second        // for the box to register it
	callTime     = time.Minute             // for somebody to call it
)

// setup are the flags of setup.
type setup struct {
	flags
	username                 string
	renew, noTest, dialPhone bool
	wait                     time.Duration
}

func setupCommand() *cobra.Command {
	var f setup
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Set up the IP phone at the box, register it, and try a call",
		Long: `Make an IP phone at the box with a password nobody has to know, keep both in the data directory
where only this user can read them, register, and wait a minute for a test call: dial the number
it names on another phone of the house. Beside a gateway that runs, which has the phone then, it
does not wait: you hear whether it rings. At the end it says what is left to do.

The box usually wants a new phone confirmed: it says which button to press or what to dial, and
waits two minutes. Running it again makes no second phone: it is found by its user name, and
where it still registers nothing is written. --renew gives it another password. After a loss of
the data directory, --username takes over the phone that is there.

Where the configuration names sip.username and sip.password, a phone made by hand, nothing is
written at the box: that phone is registered and tried.

` + accessText + `

With --json print {box, username, extension, numbers, created, registered, reason, contact, call,
enabled}; created says that the box was written, call is rang, none or skipped.

` + exits,
		Example: `  callporter softphone setup
  callporter softphone setup --dial
  callporter softphone setup --no-call --json | jq .extension`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.username != "" && (len(f.username) < 4 || len(f.username) > 64 || strings.Trim(f.username, lettersAndDigits) != ""):
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--username %q is not 4 to 64 letters and digits", f.username), cli.UsageHint(cmd))
			case f.noTest && f.dialPhone:
				return cli.Fail(cli.ExitUsage, errors.New("--dial and --no-call exclude each other"), "")
			case f.wait < time.Second || f.wait > 10*time.Minute:
				return cli.Fail(cli.ExitUsage, fmt.Errorf("--wait %v is not between 1s and 10m", f.wait), cli.UsageHint(cmd))
			}
			s, err := f.begin(cmd)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), s)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.username, "username", "", "user `NAME` of the phone, letters and digits; one that is there is taken over (default made up once)")
	cmd.Flags().BoolVar(&f.renew, "renew", false, "give the phone another password although it registers")
	cmd.Flags().BoolVar(&f.dialPhone, "dial", false, "make the test call with the dialling aid of the box: its phone rings, and somebody has to lift it")
	cmd.Flags().BoolVar(&f.noTest, "no-call", false, "do not wait for a test call")
	cmd.Flags().DurationVar(&f.wait, "wait", callTime, "wait so long for the test call; `TIME` from 1s to 10m")
	return cmd
}

// result is what came of a set-up.
type result struct {
	Box        string   `json:"box"`
	Username   string   `json:"username"`
	Extension  string   `json:"extension"` // "**620"; "" = not known
	Numbers    []string `json:"numbers"`   // own numbers it rings for; none = all
	Created    bool     `json:"created"`   // the box was written
	Registered bool     `json:"registered"`
	Reason     string   `json:"reason"` // why it is not registered
	Contact    string   `json:"contact"`
	Call       string   `json:"call"` // rang, none, skipped
	Enabled    bool     `json:"enabled"`
}

const lettersAndDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// newPassword makes a password of letters and digits alone: boxes refuse others. It has 143 bits.
func newPassword() string {
	const length = 24
	password := make([]byte, 0, length)
	for random := make([]byte, 64); len(password) < length; {
		rand.Read(random) //nolint:errcheck // it never fails
		for _, b := range random {
			if int(b) < 256/len(lettersAndDigits)*len(lettersAndDigits) && len(password) < length {
				password = append(password, lettersAndDigits[int(b)%len(lettersAndDigits)])
			}
		}
	}
	return string(password)
}

func (f *setup) run(ctx context.Context, s *session) error {
	r := result{Box: s.box.ID, Username: s.box.SIP.Username, Numbers: []string{}, Call: "skipped", Enabled: s.box.SIP.Enabled}
	byHand := r.Username != ""
	if !byHand || f.dialPhone {
		if err := s.needsAccess(); err != nil {
			return err
		}
	}
	if !byHand {
		if err := f.create(ctx, s, &r); err != nil {
			return err
		}
	}
	if s.client != nil {
		if err := s.describe(ctx, &r); err != nil {
			return err
		}
	}
	err := f.try(ctx, s, &r)
	if err == nil || r.Registered {
		s.sayRest(r)
	}
	return errors.Join(s.print(r), err)
}

// create makes the phone at the box, unless it is there and its password is good.
func (f *setup) create(ctx context.Context, s *session, r *result) error {
	kept, err := s.kept()
	if err != nil {
		return err
	}
	phones, err := s.client.IPPhones(ctx)
	if err != nil {
		return s.boxFailed(ctx, err)
	}
	if f.username != "" && f.username != kept.Username {
		kept = datadir.Softphone{Username: f.username}
	}
	if kept.Username == "" {
		if err := s.strangers(phones); err != nil {
			return err
		}
		kept = datadir.NewSoftphone()
	}
	r.Username = kept.Username
	there := slices.ContainsFunc(phones, func(p tr064.IPPhone) bool { return p.Username == kept.Username })
	if there && kept.Password != "" && !f.renew {
		good, err := s.passwordGood(ctx)
		if err != nil || good {
			return err
		}
	}
	// The name is written before the box hears of it: whatever happens from here on, running
	// this again finds the phone.
	if err := kept.Write(s.data, s.box.ID); err != nil {
		return s.fileFailed(err)
	}
	password := newPassword()
	err = s.confirmed(ctx, func(ctx context.Context) (err error) {
		kept.Internal, err = s.client.SetIPPhone(ctx, kept.Username, password, cmp.Or(s.box.SIP.Label, "callporter"))
		return err
	})
	if err != nil {
		return s.boxFailed(ctx, err)
	}
	r.Created, kept.Password = true, password
	if err := kept.Write(s.data, s.box.ID); err != nil {
		return s.fileFailed(err)
	}
	if there {
		s.say(call.Text{"The IP phone %s at the box has a new password", "Das IP-Telefon %s an der Box hat ein neues Passwort"}.With(kept.Username))
	} else {
		s.say(call.Text{"The IP phone %s is set up at the box", "Das IP-Telefon %s ist an der Box eingerichtet"}.With(kept.Username))
	}
	select {
	case <-time.After(settleTime):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// strangers refuses to make a phone where the box has one of an installation that this data
// directory does not know.
func (s *session) strangers(phones []tr064.IPPhone) error {
	for _, p := range phones {
		if strings.HasPrefix(p.Username, "callporter") {
			return s.fail(cli.ExitFailed, call.Text{"the box has the IP phone %s of callporter already, but this data directory does not know it", "die Box hat schon das IP-Telefon %s von callporter, aber dieses Datenverzeichnis kennt es nicht"}.With(p.Username),
				call.Text{"give --username %s to take it over; if another callporter uses it, give another name", "mit --username %s übernehmen; benutzt es ein anderes callporter, einen anderen Namen angeben"}.With(p.Username))
		}
	}
	return nil
}

// passwordGood reports whether the phone registers with what is kept.
func (s *session) passwordGood(ctx context.Context) (bool, error) {
	if s.registration().State == "up" {
		return true, nil
	}
	t, status, err := s.register(ctx)
	if err != nil {
		return false, err
	}
	t.Close()
	if status.State == sip.Registered {
		return true, nil
	}
	if status.Reason == sip.BadCredentials || status.Reason == sip.UnknownUser || status.Reason == sip.Forbidden {
		return false, nil
	}
	return false, s.notRegistered(status)
}

// register starts a phone of our own and waits for what comes of it.
func (s *session) register(ctx context.Context) (*ipphone.Trial, sip.Status, error) {
	o, err := ipphone.Options(s.data, s.box)
	if err != nil {
		return nil, sip.Status{}, s.fileFailed(err)
	}
	t := ipphone.Try(ctx, o)
	waiting, cancel := context.WithTimeout(ctx, registerTime)
	defer cancel()
	status, err := t.Registered(waiting)
	if err == nil && ctx.Err() == nil {
		return t, status, nil
	}
	t.Close()
	if ctx.Err() != nil {
		return nil, status, ctx.Err()
	}
	return nil, status, s.fail(cli.ExitFailed, call.Text{"sip.listen, %s, cannot be opened: %s", "sip.listen, %s, lässt sich nicht öffnen: %s"}.With(o.Listen, cli.RootCause(err)),
		call.Text{"set sip.listen to a free port of this computer, or leave it empty", "bei sip.listen einen freien Port dieses Rechners eintragen, oder nichts"})
}

func (s *session) notRegistered(status sip.Status) error {
	reason := cmp.Or(status.Reason, sip.NoAnswer)
	hint := sip.Status{Reason: reason}
	return s.fail(cli.ExitFailed, call.Text{"the phone is not registered: %s", "das Telefon ist nicht angemeldet: %s"}.With(reason),
		call.Text{hint.Hint(call.English), hint.Hint(call.German)})
}

// describe reads how the box has the phone.
func (s *session) describe(ctx context.Context, r *result) error {
	p, err := s.client.FindIPPhone(ctx, r.Username)
	if err != nil {
		return s.boxFailed(ctx, err)
	}
	if p != nil {
		r.Extension = extension(p)
		r.Numbers = append(r.Numbers, p.Numbers...)
	}
	return nil
}

// extension is how a phone is called from inside the house.
func extension(p *tr064.IPPhone) string {
	if p.Internal == "" {
		return ""
	}
	return "**" + p.Internal
}
