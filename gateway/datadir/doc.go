// Package datadir holds what the gateway keeps in its data directory, except the journal,
// the file of the broker and the command socket: the lock, which shows that a gateway uses
// the directory, the settings changed at run time, the IP phone set up at a box, and the
// forgotten numbers. A file is
// replaced in one step, so that after a power cut it holds the old or the new text.
package datadir
