package store

import (
	"errors"

	driver "modernc.org/sqlite"
)

// Result codes of SQLite (sqlite.org/rescode.html); an extended code holds one of
// them in its low byte.
const (
	codeBusy       = 5
	codeLocked     = 6
	codeCorrupt    = 11
	codeFull       = 13
	codeConstraint = 19
	codeNotADB     = 26

	codeNoShared = 10 | 19<<8 // SQLITE_IOERR_SHMSIZE: no room for the index of the write-ahead log
)

var (
	errGone    = errors.New("the file was removed or replaced")
	errDamaged = errors.New("the file is damaged")
)

// refusal is an error that is about what was to be written, not about the file.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// Refuse marks an error as one about what was to be written: it says nothing about the
// file, and Health does not change. An error that the database has returned stays as
// it is.
func Refuse(err error) error {
	if err == nil || code(err) != 0 {
		return err
	}
	return refusal{err}
}

func refused(err error) bool { return errors.As(err, new(refusal)) }

// Constraint reports whether an error says that a row does not fit its table.
func Constraint(err error) bool { return code(err) == codeConstraint }

// Full reports whether an error says that a disk is full, or a quota used up.
func Full(err error) bool { return troubleOf(err) == StateFull }

// troubleOf tells what an error says about the file.
func troubleOf(err error) State {
	switch code(err) {
	case codeBusy, codeLocked:
		return StateLocked
	case codeFull:
		return StateFull
	}
	switch {
	case damaged(err):
		return StateDamaged
	case fullDisk(err) || extendedCode(err) == codeNoShared:
		return StateFull
	}
	return StateUnavailable
}

func damaged(err error) bool {
	c := code(err)
	return errors.Is(err, errDamaged) || c == codeCorrupt || c == codeNotADB
}

func code(err error) int { return extendedCode(err) & 0xff }

func extendedCode(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
