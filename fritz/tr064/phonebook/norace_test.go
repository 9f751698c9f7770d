//go:build !race

package phonebook_test

const racing = 1
