package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/mqtt/broker"
)

// maxPasswordLine bounds the line that holds a password, in bytes.
const maxPasswordLine = 4 << 10

func newBroker() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "Prepare the broker inside callporter",
		Long: `Prepare the broker inside callporter: "callporter broker passwd" makes a password
into what broker.users of the configuration takes.

Exit codes: 0 printed, 2 wrong usage.`,
		Example:                    "  callporter broker passwd --user anna",
		Args:                       cli.KnownCommand,
		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBrokerPasswd())
	return cmd
}

func newBrokerPasswd() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:   "passwd",
		Short: "Print the hash of a password for broker.users",
		Long: `Read a password from standard input and print its bcrypt hash as an entry for
broker.users: "name:$2a$…". A terminal is asked twice and shows nothing of it. The
password has 1 to 72 bytes; of other input the first line counts.

In YAML the entry needs quotes.

Exit codes: 0 printed, 1 no usable password, 2 wrong usage.`,
		Example: `  callporter broker passwd --user anna
  pwgen 20 1 | tee password.txt | callporter broker passwd --user anna`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.ContainsAny(user, ":\n") {
				return cli.Fail(cli.ExitUsage, errors.New("a user name holds no colon and no line end"), cli.UsageHint(cmd))
			}
			password, err := readPassword(cmd)
			if err != nil {
				return cli.Fail(cli.ExitFailed, err, "")
			}
			hash, err := broker.HashPassword(password)
			if err != nil {
				return cli.Fail(cli.ExitFailed, err, "")
			}
			if user != "" {
				hash = user + ":" + hash
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), hash)
			return err
		},
	}
	cmd.Flags().StringVarP(&user, "user", "u", "", "print it as an entry of this user `NAME` (default: the hash alone)")
	return cmd
}

// readPassword asks twice on a terminal. Of any other input it takes the first line.
func readPassword(cmd *cobra.Command) (string, error) {
	in, isFile := cmd.InOrStdin().(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), maxPasswordLine)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", cli.RootCause(err))
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	l := cli.LanguageOf(cmd)
	first, err := askHidden(cmd.Context(), in, cmd.ErrOrStderr(), l.Pick("password: ", "Passwort: "))
	if err != nil {
		return "", err
	}
	second, err := askHidden(cmd.Context(), in, cmd.ErrOrStderr(), l.Pick("once more: ", "noch einmal: "))
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("read password: the two are not the same")
	}
	return first, nil
}

// askHidden reads a line that the terminal does not show. A signal ends it and restores
// the terminal.
func askHidden(ctx context.Context, in *os.File, prompt io.Writer, text string) (string, error) {
	state, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", fmt.Errorf("read password: %w", cli.RootCause(err))
	}
	fmt.Fprint(prompt, text)
	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(int(in.Fd()))
		answers <- answer{line, err}
	}()
	select {
	case a := <-answers:
		fmt.Fprintln(prompt)
		if a.err != nil {
			return "", fmt.Errorf("read password: %w", cli.RootCause(a.err))
		}
		return string(a.line), nil
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), state)
		fmt.Fprintln(prompt)
		return "", errors.New("read password: interrupted")
	}
}
