package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
)

// confirm asks a person whether to go on. Without a terminal --yes is needed.
func confirm(cmd *cobra.Command, yes bool, l call.Language, question string) error {
	if yes {
		return nil
	}
	unsure := fail(exitUsage, errors.New("not confirmed"), "give --yes to go on without a question")
	if f, ok := cmd.InOrStdin().(*os.File); ok {
		if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			return unsure
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s %s ", printable(question), l.Pick("[y/N]", "[j/N]"))
	in := input(cmd.Context(), cmd.InOrStdin())
	defer in.Close()
	line, _ := bufio.NewReader(io.LimitReader(in, 64)).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "j", "ja":
		return nil
	}
	return unsure
}
