// Package mirror keeps a list of numbers that others publish on this machine, so that a
// caller is looked up without asking anybody: a sorted slice of packed numbers in memory, a
// file in the data directory, and a goroutine that brings both up to date.
//
// A number of at most 15 digits (E.164) fits 50 bits of a uint64. The other 14 hold what the
// publisher says about it, in a form that only the source knows. A million numbers are 8 MB,
// and a binary search finds one of them without allocating. The numbers of a block, those
// that differ in the last digit or two, lie side by side.
package mirror
