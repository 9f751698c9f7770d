// Package siptest is a strict SIP box for tests: it lets a phone register, rings it, and
// looks at each message that comes back. It reads and writes plain text (RFC 3261) and
// uses no SIP library, so that a mistake of the library that is tested cannot hide in it.
//
// A Box answers REGISTER and OPTIONS by itself. Everything else a test sends and awaits
// step by step through a Call, so that it decides about the order of messages on the wire.
package siptest
