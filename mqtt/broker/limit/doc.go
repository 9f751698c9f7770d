// Package limit bounds what clients of the embedded broker can cost before and after
// their login: connections, messages a second, wrong passwords.
//
// [Connections] counts connections from the first byte on and gives each a few seconds
// for its CONNECT. [Bucket] is a token bucket that measures a rate. [FailedLogins] holds
// one bucket for each address that sent a wrong password. [Refusals] counts what all
// limits of the broker refuse and logs it, at most once a minute for each limit and
// address.
package limit
