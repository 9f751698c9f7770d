package cli

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

// Confirm asks a person whether to go on. Without a terminal --yes is needed.
func Confirm(cmd *cobra.Command, yes bool, l call.Language, question string) error {
	if yes {
		return nil
	}
	unsure := Fail(ExitUsage, errors.New("not confirmed"), "give --yes to go on without a question")
	if f, ok := cmd.InOrStdin().(*os.File); ok {
		if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			return unsure
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s %s ", Printable(question), l.Pick("[y/N]", "[j/N]"))
	in := Input(cmd.Context(), cmd.InOrStdin())
	defer in.Close()
	line, _ := bufio.NewReader(io.LimitReader(in, 64)).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "j", "ja":
		return nil
	}
	return unsure
}
