// Package query answers questions about calls, callers, own lists, the audit, and the last
// snapshot of a box. They come through the command socket, or from a subcommand that owns
// the data directory. A question changes nothing.
package query
