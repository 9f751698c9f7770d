package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/gateway/config"
)

// localConfig is the file that is looked for in the working directory.
const localConfig = "gateway.yaml"

// systemConfig is the file that is looked for last. Tests change it.
var systemConfig = "/etc/callporter/gateway.yaml"

// ConfigOrder says in the help of commands where the configuration is looked for.
const ConfigOrder = `Without --config, the configuration is the first of these that is there: gateway.yaml in the
working directory, the file that CALLPORTER_CONFIG names, the options of the Home Assistant
app (/data/options.json), /etc/callporter/gateway.yaml.`

// ConfigPath returns the file of the flag, or else the first that is there: in the working
// directory, of CALLPORTER_CONFIG, of the Home Assistant app, of the system. It returns ""
// if there is none.
func ConfigPath(flag string) string {
	switch named := os.Getenv("CALLPORTER_CONFIG"); {
	case flag != "":
		return flag
	case isThere(localConfig):
		return localConfig
	case named != "":
		return named // also if it is missing: it was named
	}
	if options := config.FilePath(""); options != "" {
		return options
	}
	if isThere(systemConfig) || mayBeThere(systemConfig) {
		return systemConfig
	}
	return ""
}

// IgnoredConfig returns the file that CALLPORTER_CONFIG names if the one of the working
// directory is used in its place, else "".
func IgnoredConfig(flag string) string {
	named := os.Getenv("CALLPORTER_CONFIG")
	if flag != "" || named == "" || !isThere(localConfig) || sameFile(named, localConfig) {
		return ""
	}
	return named
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, otherErr := os.Stat(b)
	return err == nil && otherErr == nil && os.SameFile(one, other)
}

// isThere reports whether there is something with this name. A working directory that may
// not be searched has nothing.
func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// mayBeThere reports whether the directory of a file may not be searched. Reading the file
// then says so, which is better than to go on without it.
func mayBeThere(name string) bool {
	_, err := os.Stat(name)
	return errors.Is(err, fs.ErrPermission)
}

// ConfigPlaces names the places where a configuration was looked for, and not found.
func ConfigPlaces() string {
	place := localConfig
	if dir, err := os.Getwd(); err == nil {
		place = filepath.Join(dir, localConfig)
	}
	return strings.Join([]string{place, "$CALLPORTER_CONFIG", systemConfig}, ", ")
}

// Configured reports whether there is a configuration: a file, or an environment that
// describes a box, as in a container.
func Configured(flag string) bool {
	return ConfigPath(flag) != "" || slices.ContainsFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CALLPORTER_BOXES_") })
}

// StateDirectories are the data directories of gateways whose configuration does not set
// one. The first one is this process's.
func StateDirectories() []string { return config.StateDirectories(environment()) }

// configArgument returns a hint if an argument looks like a configuration, which is given
// by --config; else "".
func configArgument(cmd *cobra.Command, argument string) string {
	switch strings.ToLower(filepath.Ext(argument)) {
	case ".yaml", ".yml", ".json":
	default:
		return ""
	}
	switch {
	case !cmd.HasParent():
		return "did you mean " + cmd.CommandPath() + " run --config " + argument + "?"
	case cmd.Flags().Lookup("config") != nil:
		return "the configuration is given by its flag: " + cmd.CommandPath() + " --config " + argument
	}
	return ""
}

// usageHintFor is the hint for an argument that is not allowed.
func usageHintFor(cmd *cobra.Command, argument string) string {
	return cmp.Or(configArgument(cmd, argument), UsageHint(cmd))
}
