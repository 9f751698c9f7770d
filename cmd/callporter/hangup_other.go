//go:build !unix

package main

// listenForHangups hears nothing: the system has no such signal.
func listenForHangups() hangups { return hangups{} }
