// Package listing writes by itself what a person would otherwise type: the number of a spam
// call onto a list, so that it does not ring the second time, and the name that a directory
// has told into a phonebook.
//
// Each is an order as any other, given in the name of orders.ByItself: it stands in the
// audit and can be undone. Never listed is a number that somebody in the house knows, that a
// person has taken off again, or that is listed already; and never more than a few in an
// hour and in a day, since whoever forges numbers could else fill the lists of the box.
//
// A [Listing] is told of verdicts while the line is locked. It only takes a note then; the
// work is that of Run.
package listing
