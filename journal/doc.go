// Package journal is what callporter remembers beyond a restart: every call with its
// verdict, evidence and action; own lists of numbers to allow and to block; an audit of
// every write to a box; what is known about each caller; and a small memory for the
// gateway.
//
// All of it is in one SQLite file in the data directory. Package store opens that file
// and keeps it in order; this package knows what its tables mean, see
// store/schema/1.sql. A call stands in the table calls as a JSON document, beside it
// what a filter may ask: numbers, names, and its kind, which is what it has in common
// with many others. Its key sorts by the time it began, so a page is read from the end
// of one index.
//
// A commit waits for the disk. That is why one goroutine writes calls in batches:
// Record puts a call into a bounded queue in memory and returns at once, and the newest
// value of a call replaces an older one that still waits. A disk that is full, or a file
// that another program has locked, is no error of a caller of Record: the calls wait,
// Health says so, and writing goes on by itself when it can.
//
// A telephone number is personal data. Forget leaves no trace of a number in the file,
// Purge none of what is past its time, and no log shows a number in full. Package
// spelling finds numbers in texts.
package journal
