// Package quota counts what is asked of a publisher that allows only so much: in hours, in
// a file, so that a restart forgets nothing. A publisher may count calendar days, days of
// another time zone or any 24 hours; the count here holds for all of them.
package quota
