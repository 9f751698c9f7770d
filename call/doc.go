// Package call says what a telephone call is: events, numbers, calls, and the
// Tracker that folds events into calls.
//
// A FRITZ!Box reports four things about a call: it rings (incoming) or is
// dialled (outgoing), it is connected, it is over. Each report carries a
// connection ID, the box's small number for the leg, which is free again the
// moment the call ends. Everything else (missed, barred by the box, taken by the
// answering machine, lost) follows from the order of these reports.
//
// The package is pure: standard library only, no clock, no goroutine, no I/O.
// Time comes in with each event. Everything above it (the call monitor, MQTT,
// the gateway) speaks in its types and keeps its wire formats to itself.
package call
