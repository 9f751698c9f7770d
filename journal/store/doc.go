// Package store keeps the journal's database: it opens it, brings it to the newest
// version, runs statements on it, and knows how it fares. What the tables mean is
// told in package journal.
//
// The database is one SQLite file (sqlite.org/fileformat.html), written with a
// write-ahead log (sqlite.org/wal.html): a commit is appended to the file "-wal" and
// copied into the database later. So a process killed at any moment leaves a sound
// file and loses only what it had not committed. A commit waits for the disk. The
// header of the file says whose it is (application_id) and of which version
// (user_version); schema holds the steps from one version to the next.
//
// A disk that is full, a file that another program has locked or a folder out of
// reach is no reason to give up: [Open] succeeds all the same, each write tries again,
// and [Store.Health] tells how the file fares. A damaged file is renamed, never
// deleted, and a new one begun, which takes over the rows of all pages that can be read. A
// file of a newer callporter or of another program is refused and left alone.
//
// The file is readable by its owner alone. What is deleted is overwritten
// (secure_delete), and the file is rewritten now and then, because what has moved
// within it leaves copies where it stood before.
//
// A second kind of database is another implementation of database, beside sqlite.go,
// with its own result codes and schema. The statements of package journal suit any
// database that has ON CONFLICT and RETURNING.
package store
