package config

import (
	"errors"
	"net"
	"os"
	"strings"
	"unicode"
)

// reasonText leaves of an error of the system or of the network what a person needs:
// the file or the address stands in the finding already.
func Reason(err error) string {
	var path *os.PathError
	var system *os.SyscallError
	var network *net.OpError
	switch {
	case errors.As(err, &system):
		return system.Err.Error()
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &network):
		return network.Err.Error()
	}
	return err.Error()
}

// clean makes a text of somebody else fit for a terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
