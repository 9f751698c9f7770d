// Package check finds out why a set-up does not work. It looks at this computer, the data
// directory, each box with its call monitor and its access by TR-064, the broker and what
// it retains, and the ports. Each [Finding] says in English or German what is the case,
// why, and what to do. Its code is stable.
//
// A check needs no gateway. If one runs on the data directory, the check asks it which
// ports are its own, and both count refused logins together: a box locks out a user after
// a few of them.
package check
