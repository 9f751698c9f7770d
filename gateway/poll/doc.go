// Package poll reads a FRITZ!Box by TR-064 when it should, into an immutable [Snapshot]:
// its line, phones, phonebooks, call barring list, call list, answering machines with
// their messages, and diversions.
//
// Everything is read at the start, every six hours, on the order refresh, and when the
// link of the call monitor comes up again. What changes with calls (call list, messages,
// switches) is read three seconds after a call and every ten minutes; what an order has
// written to, right after it. A box that does not let callporter in is asked again after a
// minute, then less and less often, an hour at most.
//
// A part that cannot be read stays as it was last read, and says since when and why
// ([Freshness]). The last good snapshot is kept on the disk, so that names are known from
// the first call of the next start on.
package poll
