//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// listenForHangups takes over SIGHUP. Where it was ignored, as under nohup, the
// program stays when its terminal goes.
func listenForHangups() hangups {
	stays, began := signal.Ignored(syscall.SIGHUP), onTerminal()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return hangups{signals, func() bool { return began && !stays && !onTerminal() }}
}

// onTerminal reports whether the process belongs to a terminal that is there.
func onTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	tty.Close()
	return true
}
