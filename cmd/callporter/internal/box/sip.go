package box

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
)

// sipFlags are the flags of the simulated box's SIP port.
type sipFlags struct {
	address string
	phones  []string
}

func (f *sipFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.address, "sip", "", "`ADDRESS` of the registrar, UDP and TCP, such as 127.0.0.1:5060; off if not given")
	cmd.Flags().StringSliceVar(&f.phones, "ip-phone", nil, "`USER:PASSWORD` of an IP phone that may register; may be given again")
}

// listen sets the phones of the flags up, opens the port and prints its address.
func (f *sipFlags) listen(box *fritztest.Box, errs io.Writer) error {
	for _, text := range f.phones {
		user, password, ok := strings.Cut(text, ":")
		if !ok || user == "" || password == "" {
			return cli.Fail(cli.ExitUsage, errors.New("--ip-phone is not USER:PASSWORD"), "") // not shown: it holds a password
		}
		if !box.SetIPPhone(fritztest.IPPhone{Name: user, Username: user, Password: password}) {
			return cli.Fail(cli.ExitUsage, errors.New("--ip-phone: the box has 10 IP phones already"), "")
		}
	}
	if f.address == "" {
		return nil
	}
	if err := box.ListenSIP(f.address); err != nil {
		return listenHint(fmt.Errorf("open SIP %s: %w", f.address, cli.RootCause(err)), "--sip")
	}
	fmt.Fprintf(errs, "SIP on %s, UDP and TCP\n", box.SIPAddr())
	return nil
}
