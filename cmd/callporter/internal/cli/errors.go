// Package cli holds what the subcommands share: exit codes and errors, checks of
// arguments, reading the configuration, a connection to the broker, and how texts, times
// and tables look.
//
// It gives hints to errors. It does not print them and does not exit.
package cli

import (
	"errors"
	"net"
	"os"

	"github.com/callporter/callporter/call"
)

// Exit codes. They are part of the help.
const (
	ExitOK       = 0
	ExitFailed   = 1 // the command could not do its work
	ExitUsage    = 2 // wrong flags or arguments
	ExitConfig   = 3 // the configuration cannot be used
	ExitNoAnswer = 4 // nothing answers: no broker, no running gateway
)

// Failure is an error with an exit code and a hint for people.
type Failure struct {
	Code int // exit code
	err  error
	Hint string // "" = none
}

func (f *Failure) Error() string { return f.err.Error() }
func (f *Failure) Unwrap() error { return f.err }

// Fail wraps an error with the exit code and a hint, which may be "". A nil error stays
// nil.
func Fail(code int, err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Failure{code, err, hint}
}

// HintWord begins the line of a hint.
func HintWord(l call.Language) string { return l.Pick("hint:", "Hinweis:") }

// RootCause returns the cause inside an error of the network or of the system. The caller
// names the address or the file itself, and the system call helps nobody.
func RootCause(err error) error {
	var network *net.OpError
	if errors.As(err, &network) {
		err = network.Err
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var system *os.SyscallError
	if errors.As(err, &system) {
		err = system.Err
	}
	return err
}
