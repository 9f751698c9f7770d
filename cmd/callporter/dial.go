package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
)

func newDial() *cobra.Command {
	var f clientFlags
	var phone string
	var hangup, phones bool
	cmd := &cobra.Command{
		Use:   "dial NUMBER",
		Short: "Have the box dial a number",
		Long: `Have the dialling aid of the box call a number: a phone of the house rings, and who lifts it
is connected. It has to be switched on twice, in the box (Telephony > Calls > Dialling Aid) and
by the key commands.dial of the configuration. At most six numbers an hour are dialled, one at a
time: landlines and mobiles of the country, and 0800. Numbers that cost extra (0180, 0700, 0900),
are abroad or short, phones of the house (**610), emergency calls, codes, and numbers with one in
front of them are refused, unless commands.dial_allow lists them.

--phone chooses the phone that rings, by the name that --phones lists; the box keeps the choice.
--hangup stops a call that is being set up; one that is answered goes on.

` + resultText + `

` + accessText + `
` + clientText + `

` + clientExits,
		Example: `  callporter dial --phones
  callporter dial "030 23125123" --phone "DECT: Wohnzimmer"
  callporter dial --hangup`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Fail(cli.ExitUsage, fmt.Errorf("unexpected argument %q", args[1]), "put what has blanks into quotes")
			}
			return notLast(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			number := strings.Join(args, "")
			switch {
			case hangup && phones:
				return cli.Fail(cli.ExitUsage, errors.New("--hangup and --phones exclude each other"), "")
			case (hangup || phones) && (number != "" || phone != ""):
				return cli.Fail(cli.ExitUsage, errors.New("--hangup and --phones go without a number and --phone"), "")
			case !hangup && !phones && number == "":
				return cli.Fail(cli.ExitUsage, errors.New("a number is missing"), cli.UsageHint(cmd))
			}
			return f.connect(cmd, true, func(c *client) error {
				switch {
				case phones:
					return printPhones(c)
				case hangup:
					return c.orderAndSay("hangup", nil)
				}
				return c.orderAndSay("dial", map[string]string{"number": number, "phone": phone})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&phone, "phone", "", "`NAME` of the phone that rings (default the one chosen last)")
	cmd.Flags().BoolVar(&hangup, "hangup", false, "stop the call that is being set up")
	cmd.Flags().BoolVar(&phones, "phones", false, "list the phones that can ring")
	return cmd
}

func printPhones(c *client) error {
	var answer struct {
		Phones []string `json:"phones"`
		Chosen string   `json:"chosen"`
	}
	if err := c.ask("phones", nil, &answer); err != nil {
		return err
	}
	if c.json {
		return c.print(answer)
	}
	for _, p := range answer.Phones {
		mark := ""
		if p == answer.Chosen {
			mark = c.language.Pick("  (chosen)", "  (gewählt)")
		}
		c.say("%s%s", "%s%s", p, mark)
	}
	return nil
}
