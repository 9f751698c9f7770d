// Package query answers questions: calls, callers, own lists, the audit, and what was read
// of a box. They come through the command socket, or from a subcommand that has the data
// directory to itself, and change nothing.
package query
