package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// ExampleHint is the hint for a configuration that cannot be used.
const ExampleHint = "callporter config --example prints every key and what it may be"

// ConfigFlag adds the flag that every command with a configuration has.
func ConfigFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "configuration `FILE`, YAML or JSON (default gateway.yaml here, $CALLPORTER_CONFIG, /etc/callporter/gateway.yaml)")
}

// LoadConfig reads the configuration from a file and the environment.
func LoadConfig(path string) (config.Config, error) {
	cfg, err := config.Load(ConfigPath(path), environment())
	return cfg, Fail(ExitConfig, err, configHint(err))
}

// LoadFiles is LoadConfig for commands that also open the files a configuration names.
func LoadFiles(path string) (config.Config, error) {
	cfg, err := config.LoadFiles(ConfigPath(path), environment())
	return cfg, Fail(ExitConfig, err, configHint(err))
}

// configHint says what to do about a configuration that cannot be used.
func configHint(err error) string {
	switch {
	case errors.Is(err, syscall.EISDIR):
		return "a file is wanted; Docker makes a directory where the file to mount is missing"
	case errors.Is(err, fs.ErrPermission):
		return "run this as a user who may read it, or name another one with --config"
	}
	return ExampleHint
}

// LanguageOf is the language of what a command says: that of its flag, if it is given, or else of the
// configuration it reads. Where that cannot be used, it is the one of the environment or else
// the one that it chooses all the same.
func LanguageOf(cmd *cobra.Command) (l call.Language) {
	if flag := cmd.Flags().Lookup("language"); flag != nil && flag.Changed && l.UnmarshalText([]byte(flag.Value.String())) == nil {
		return l
	}
	path := ""
	if flag := cmd.Flags().Lookup("config"); flag != nil {
		path = flag.Value.String()
	}
	cfg, err := LoadConfig(path)
	if err == nil || l.UnmarshalText([]byte(os.Getenv("CALLPORTER_LANGUAGE"))) != nil {
		return cfg.Language
	}
	return l
}

// environment returns the environment of the process without CALLPORTER_CONFIG, which
// names the file, and without the given variables, which flags override.
func environment(without ...string) []string {
	var env []string
next:
	for _, v := range os.Environ() {
		for _, name := range append(without, "CALLPORTER_CONFIG") {
			if strings.HasPrefix(v, name+"=") {
				continue next
			}
		}
		env = append(env, v)
	}
	return env
}

// HasBox checks that a box with this id is configured. "" stands for the first.
func HasBox(cfg config.Config, id string) error {
	var ids []string
	for _, b := range cfg.Lines() {
		if id == "" || id == b.ID {
			return nil
		}
		ids = append(ids, b.ID)
	}
	return Fail(ExitUsage, fmt.Errorf("no box has the id %q", id), "configured: "+strings.Join(ids, ", "))
}

// OnlyBox returns the box that is named, or the only one there is.
func OnlyBox(cfg config.Config, box string) (string, error) {
	if box == "" && len(cfg.Boxes) > 1 {
		var ids []string
		for _, b := range cfg.Boxes {
			ids = append(ids, b.ID)
		}
		return "", Fail(ExitUsage, errors.New("there are several boxes"), "say which one with --box: "+strings.Join(ids, ", "))
	}
	return cmp.Or(box, cfg.Boxes[0].ID), nil
}
