// Package line follows the calls of one FRITZ!Box. One lock guards the active calls:
//
//	call monitor ──► Event ──► Tracker.Apply ──► call.Transition ──► Observers
//	timers       ──► Run   ──►                                       1. the event topic
//	                                                                 2. history: last call, missed calls, newest calls
//	                                                                 3. journal, metrics, …
//
// A transition goes to the observers at once, in the goroutine that read the line from the
// box, the event document first: an observer that waits makes the next line late. The state
// documents follow from Run when no further report is waiting. Nothing here waits for a
// network. Only a full event queue on a living broker pauses reading from the box.
//
// A call is announced, by the event ringing and in the state, after a debounce: the box tells
// of callers whom it bars too, and they ring for some milliseconds. A caller who is known and
// not listed is announced at once.
package line
