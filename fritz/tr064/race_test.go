//go:build race

package tr064

// racing is how many times the race detector may slow code down.
const racing = 10
