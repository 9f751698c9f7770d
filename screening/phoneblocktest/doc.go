// Package phoneblocktest is a PhoneBlock in the process: an HTTPS server on the loopback
// interface with a list, a version and a token, which can be told to fail in the ways that
// servers do. It shares no code with what asks it. Tests and the demo use it.
package phoneblocktest
