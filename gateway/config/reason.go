package config

import (
	"errors"
	"net"
	"os"
	"strings"
	"unicode"
)

// Reason is the cause of an error of the system or of the network, without the operation,
// the file and the address, which the message around it names already.
func Reason(err error) string {
	var path *os.PathError
	var link *os.LinkError
	var system *os.SyscallError
	var network *net.OpError
	switch {
	case errors.As(err, &system):
		return system.Err.Error()
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	case errors.As(err, &network):
		return network.Err.Error()
	}
	return err.Error()
}

// Printable makes a text from outside fit for a terminal: characters that cannot be printed
// become U+FFFD.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
