package box

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
)

// tr064Flags are the flags of the simulated box's TR-064 ports.
type tr064Flags struct {
	plain, secure, user, password, file, rights, model string
}

func (f *tr064Flags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.plain, "tr064", "", "`ADDRESS` of TR-064 over http, such as 127.0.0.1:49000; off if not given")
	cmd.Flags().StringVar(&f.secure, "tr064s", "", "`ADDRESS` of TR-064 over https, such as 127.0.0.1:49443; off if not given")
	cmd.Flags().StringVar(&f.user, "user", "fritz3456", "`NAME` of the box's user; it counts once a password is given")
	cmd.Flags().StringVar(&f.password, "password", "", "`PASSWORD` of the user; without one the box is open to everybody, but does not dial")
	cmd.Flags().StringVar(&f.file, "password-file", "", "`FILE` whose first line is the password")
	cmd.Flags().StringVar(&f.rights, "rights", "CPNHA", "`LETTERS` of the user's rights: C settings, P phone, A app, N storage, H smart home")
	cmd.Flags().StringVar(&f.model, "model", "FRITZ!Box 7530", "`MODEL` that the box says it is")
}

// options returns the options of the box that the flags ask for.
func (f *tr064Flags) options(cmd *cobra.Command) (fritztest.Options, error) {
	o := fritztest.Options{Model: fritztest.Model{Name: f.model}}
	if f.password != "" && f.file != "" {
		return o, cli.Fail(cli.ExitUsage, errors.New("--password and --password-file exclude each other"), "")
	}
	if f.file != "" {
		text, err := readShort(f.file)
		if err != nil {
			return o, cli.Fail(cli.ExitUsage, fmt.Errorf("read password: %w", err), "")
		}
		first, _, _ := strings.Cut(text, "\n")
		if f.password = strings.TrimRight(first, "\r"); f.password == "" {
			return o, cli.Fail(cli.ExitUsage, fmt.Errorf("the first line of %s is empty", f.file), "")
		}
	}
	if strings.Trim(f.rights, "CPNHA") != "" || f.rights == "" {
		return o, cli.Fail(cli.ExitUsage, fmt.Errorf("--rights %q has other letters than C, P, N, H and A", f.rights), cli.UsageHint(cmd))
	}
	if f.user == "" {
		return o, cli.Fail(cli.ExitUsage, errors.New("--user is empty"), cli.UsageHint(cmd))
	}
	if f.password != "" {
		o.Users = []fritztest.User{{Name: f.user, Password: f.password, Rights: f.rights, Last: true}}
	} else if cmd.Flags().Changed("user") || cmd.Flags().Changed("rights") {
		return o, cli.Fail(cli.ExitUsage, errors.New("a user needs a password"), "give --password or --password-file")
	}
	return o, nil
}

// readShort reads the first 4096 bytes of a file.
func readShort(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 4096))
	return string(text), err
}

// listen opens the ports of the flags and prints their addresses.
func (f *tr064Flags) listen(box *fritztest.Box, errs io.Writer) error {
	if f.plain != "" {
		if err := box.ListenTR064(f.plain); err != nil {
			return listenHint(fmt.Errorf("open TR-064 %s: %w", f.plain, cli.RootCause(err)), "--tr064")
		}
		fmt.Fprintf(errs, "TR-064 on http://%s\n", box.TR064Addr())
	}
	if f.secure != "" {
		if err := box.ListenTR064S(f.secure); err != nil {
			return listenHint(fmt.Errorf("open TR-064 %s: %w", f.secure, cli.RootCause(err)), "--tr064s")
		}
		fmt.Fprintf(errs, "TR-064 on https://%s, certificate SHA-256 %s\n", box.TR064SAddr(), box.Fingerprint())
	}
	return nil
}
