//go:build !unix

package datadir

// Lock does nothing: this system has no lock that ends with its process.
func Lock(string) (release func(), err error) { return func() {}, nil }
