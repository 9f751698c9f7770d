// Package datadir is the data directory of a gateway, but for the journal, the broker's
// file and the command socket: its lock, which says that a gateway runs there, settings
// that were changed at run time, and numbers that were forgotten. Files are replaced as a
// whole, so that whoever reads one, or loses power, finds the old text or the new one.
package datadir
