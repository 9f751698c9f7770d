package store

import "context"

// database is what a kind of database must do for a Store, which calls one of these
// methods at a time. Only what reader returns is used beside them.
type database interface {
	// write runs f in a transaction, which holds if f returns nil.
	write(ctx context.Context, f func(*Conn) error) error
	// reader is where queries run, beside each other and beside a write.
	reader() *Conn
	// settle leaves no trace of what was deleted in the places where it stood. It is
	// cheap.
	settle(ctx context.Context) error
	// rewrite also leaves none where it stood once, before it was moved within the
	// file; a million calls take seconds.
	rewrite(ctx context.Context) error
	// scrub is rewrite that also removes copies made before migrations: no file of the
	// database has a trace then but those set aside.
	scrub(ctx context.Context) error
	close() error
}
