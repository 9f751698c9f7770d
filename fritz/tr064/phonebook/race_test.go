//go:build race

package phonebook_test

// racing is how many times the race detector may slow code down.
const racing = 10
