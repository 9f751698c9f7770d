package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/gateway/config"
)

const exampleHint = "callporter config --example prints every key and what it may be"

// configFlag adds the flag that every command with a configuration has.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "configuration `FILE`, YAML or JSON (default $CALLPORTER_CONFIG)")
}

func loadConfig(path string) (config.Config, error) {
	cfg, err := config.Load(configPath(path), environment())
	return cfg, fail(exitConfig, err, exampleHint)
}

// loadFiles is loadConfig for commands that also open the files a configuration names.
func loadFiles(path string) (config.Config, error) {
	cfg, err := config.LoadFiles(configPath(path), environment())
	return cfg, fail(exitConfig, err, exampleHint)
}

// configPath returns the file of the flag, or else the one of the environment.
func configPath(flag string) string {
	if flag == "" {
		return os.Getenv("CALLPORTER_CONFIG")
	}
	return flag
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

// hasBox checks that a box with this id is configured. "" stands for the first.
func hasBox(cfg config.Config, id string) error {
	var ids []string
	for _, b := range cfg.Boxes {
		if id == "" || id == b.ID {
			return nil
		}
		ids = append(ids, b.ID)
	}
	return fail(exitUsage, fmt.Errorf("no box has the id %q", id), "configured: "+strings.Join(ids, ", "))
}

// onlyBox returns the box that is named, or the only one there is.
func onlyBox(cfg config.Config, box string) (string, error) {
	if box == "" && len(cfg.Boxes) > 1 {
		var ids []string
		for _, b := range cfg.Boxes {
			ids = append(ids, b.ID)
		}
		return "", fail(exitUsage, errors.New("there are several boxes"), "say which one with --box: "+strings.Join(ids, ", "))
	}
	return cmp.Or(box, cfg.Boxes[0].ID), nil
}
