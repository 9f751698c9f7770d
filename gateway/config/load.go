package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

const (
	// AppOptions is where a Home Assistant app finds what its user has set.
	AppOptions = "/data/options.json"
	// maxConfig bounds the file, in bytes.
	maxFile = 1 << 20
)

// Load reads the configuration: defaults, then the file at path (YAML or JSON, at most
// 1 MiB), then the CALLPORTER_ variables of env, which are as [os.Environ] gives them.
// Without a path it reads AppOptions if that file exists, else none. If neither sets Data,
// it is /data in a Home Assistant app, $STATE_DIRECTORY, or callporter below
// $XDG_STATE_HOME or ~/.local/state. If the configuration is not valid, the error is a
// *Problems with all mistakes, and the language is all that is left of it.
func Load(path string, env []string) (Config, error) {
	return load(path, env, AppOptions, false)
}

func load(path string, env []string, options string, checkFiles bool) (Config, error) {
	app := isFile(options)
	if path == "" && app {
		path = options
	}
	var text []byte
	if path != "" {
		var err error
		if text, err = readFile(path); err != nil {
			return Config{}, err
		}
	}
	c, err := read(path, text, env, checkFiles)
	if err == nil && c.Data == "" {
		c.Data = stateDirectories(env, options)[0]
	}
	return c, err
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return text, nil
}

// read is [Load] with the text of a file instead of its path. The name stands in messages
// only. Empty text gives the defaults. Data stays empty unless text or env set it. The
// error is a *Problems.
func read(name string, text []byte, env []string, checkFiles bool) (Config, error) {
	c := Default()
	r := &reader{file: name, origins: make(map[string]origin), wrong: make(map[string]bool)}
	if len(text) > maxFile {
		r.add(Problem{File: name, Text: "more than 1 MiB"})
		return Config{}, r.result()
	}
	root, problem := parseYAML(name, text)
	if problem != nil {
		r.add(*problem)
		if germanLine.Match(text) {
			c.Language = call.German
		}
		return Config{Language: c.Language}, r.result()
	}
	v := reflect.ValueOf(&c).Elem()
	if root != nil {
		r.decode(root, v, "", field{})
	}
	r.environment(env, v)
	r.check(&c)
	if checkFiles {
		r.checkFiles(&c)
	}
	r.problems.sort()
	if err := r.result(); err != nil {
		return Config{Language: c.Language}, err
	}
	return c, nil
}

// germanLine is what chooses German in a file that cannot be read as YAML.
var germanLine = regexp.MustCompile(`(?m)^language:[ \t]*["']?de\b`)

// stateDirectories are the directories where the state may be if Data is not set. The
// first one counts: /data in a Home Assistant app, $STATE_DIRECTORY under systemd, else
// callporter below $XDG_STATE_HOME, which is ~/.local/state by default. The others are those
// of a gateway that was started elsewhere.
func stateDirectories(env []string, options string) (all []string) {
	add := func(dir string) {
		if !slices.Contains(all, dir) {
			all = append(all, dir)
		}
	}
	if isFile(options) {
		add(filepath.Dir(options))
	}
	get := func(name string) string {
		for i := len(env) - 1; i >= 0; i-- {
			if value, found := strings.CutPrefix(env[i], name+"="); found {
				return value
			}
		}
		return ""
	}
	// systemd separates several directories by colons.
	if first, _, _ := strings.Cut(get("STATE_DIRECTORY"), ":"); first != "" {
		add(first)
	}
	if state := get("XDG_STATE_HOME"); filepath.IsAbs(state) {
		add(filepath.Join(state, "callporter"))
	}
	if home := cmp.Or(get("HOME"), get("USERPROFILE")); home != "" {
		add(filepath.Join(home, ".local", "state", "callporter"))
	}
	add("/var/lib/callporter")
	return all
}

// StateDirectories are the data directories of gateways whose configuration does not set
// one. The first is the one of [Load].
func StateDirectories(env []string) []string { return stateDirectories(env, AppOptions) }

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir() || errors.Is(err, fs.ErrPermission)
}

// FilePath is the file that [Load] reads for a path; "" = none.
func FilePath(path string) string {
	if path == "" && isFile(AppOptions) {
		return AppOptions
	}
	return path
}
