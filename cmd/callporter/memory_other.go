//go:build !linux

package main

// releaseProgram is for Linux alone: other systems have no such call.
func releaseProgram() {}
