// Package check looks at a set-up as a person would who wants to know why it does not
// work: this computer, the data directory, each box with its call monitor and its access,
// the broker and what it retains, the ports. Each [Finding] says in English or German what
// is, why, and what to do; its code is stable.
//
// It needs no gateway. Where one runs on the data directory, it asks that one which ports
// are its own, and counts refused logins together with it.
package check
