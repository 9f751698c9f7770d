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

// loadFiles is loadConfig for who opens the files a configuration names.
func loadFiles(path string) (config.Config, error) {
	cfg, err := config.LoadFiles(configPath(path), environment())
	return cfg, fail(exitConfig, err, exampleHint)
}

// configPath is the file to read: that of the flag, else that of the environment.
func configPath(flag string) string {
	if flag == "" {
		return os.Getenv("CALLPORTER_CONFIG")
	}
	return flag
}

// environment is the process's, without the variable that names the file and
// those given, which a flag overrides.
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

// hasBox checks the id of a box; "" is the first.
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

// onlyBox is the box that is meant: the one named, or the only one.
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
