// Package gateway says when things happen: it opens the doors (call monitor,
// MQTT, web) in order, lets each box's events flow from line to message, and
// closes everything in reverse.
//
// Each FRITZ!Box has one loop goroutine that owns all its active calls, so there
// is no lock around a call:
//
//	call monitor ──► loop ──► events and state ──► MQTT
//	commands    ───►  │
//	timers      ───►  ┘
//
// The loop never waits for a network. Events go to the broker at once, state
// follows when no event is waiting. Only a full event queue on a living broker
// pauses reading from the box.
package gateway
