//go:build race

package testkit

// Racing is how many times slower the race detector may make code.
const Racing = 10
