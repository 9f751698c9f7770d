// Package journal is the visitors' book: what callporter remembers beyond a
// restart. Every call with its verdict, evidence and action; own lists of numbers
// to allow and to block; an audit of every write to a box; what is known about
// each caller; and a small memory for the gateway.
//
// It is one SQLite file in the data directory (sqlite.org/fileformat.html),
// written with a write-ahead log (sqlite.org/wal.html): a commit is appended to
// the file "-wal" and copied into the database later, so a process killed at any
// moment leaves a sound file and loses only what it had not committed. A commit
// waits for the disk, which is why calls are written in batches by one goroutine:
// Record puts a call into a bounded queue in memory and returns at once, and the
// newest value of a call replaces an older one that still waits.
//
// A disk that is full, or a file that another program has locked, is no error of
// a caller of Record: the calls wait, Health says so, and writing goes on by
// itself when it can. A damaged file is renamed, never deleted, and a new one
// begun. A file of a newer callporter is refused and left alone.
//
// A telephone number is personal data. The file is readable by its owner alone,
// what is deleted is overwritten (secure_delete), Forget leaves no trace of a
// number in the file, and no log shows one in full.
package journal
