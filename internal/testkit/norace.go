//go:build !race

package testkit

// Racing is how many times slower the race detector may make code: once, without it.
const Racing = 1
