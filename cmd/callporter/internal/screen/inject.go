package screen

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
)

// maxInjected is how many callers an order takes.
const maxInjected = 100

// injected are the numbers of a list as the order inject takes them.
func (f *flags) injected(cmd *cobra.Command, cfg config.Config) (string, error) {
	if f.inject == "none" {
		return f.inject, nil
	}
	f.file = f.inject
	all, err := f.subjects(cmd, nil, f.usual(cfg))
	if err != nil {
		return "", err
	}
	var numbers []string
	for _, s := range all {
		if s.input == "" {
			s.input = "anonymous"
		}
		if strings.Contains(s.input, ";") {
			return "", cli.Fail(cli.ExitFailed, fmt.Errorf("read list %s: %q is no number", f.inject, s.input), "")
		}
		numbers = append(numbers, s.input)
	}
	switch {
	case len(numbers) == 0:
		return "", cli.Fail(cli.ExitFailed, fmt.Errorf("read list %s: no number is in it", f.inject), "")
	case len(numbers) > maxInjected:
		return "", cli.Fail(cli.ExitFailed, errors.New("read list "+f.inject+": more than "+strconv.Itoa(maxInjected)+" numbers"), "")
	}
	return strings.Join(numbers, ";"), nil
}
