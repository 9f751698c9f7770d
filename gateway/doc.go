// Package gateway says when things happen. It opens the call monitor, MQTT and web in
// order, passes the events of each box from the line to MQTT, and closes everything in
// reverse.
//
// Each FRITZ!Box has one [line.Line]. Its lock guards the active calls:
//
//	call monitor ──► line ──► events and state ──► MQTT
//	commands    ───►  │
//	timers      ───►  ┘
//
// A line never waits for a network. Events go to the broker at once; state follows when
// no event is waiting. Only a full event queue on a connected broker pauses reading from
// the box.
package gateway
