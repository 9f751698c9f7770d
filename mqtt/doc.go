// Package mqtt talks to the MQTT broker: it keeps one connection alive, publishes
// and reads commands. The folders topic and document hold the names and the JSON of
// the public contract; folder broker is a broker for houses that have none.
//
// # The protocol
//
// MQTT is publish and subscribe over one TCP connection. Three of its features
// carry this package. A retained message is kept by the broker and given to
// everyone who subscribes later: state topics are retained, so a dashboard
// opened at noon knows about the call of the morning. Events are not retained,
// or every subscriber would see the last call ring again. The last will is a
// message the broker publishes when a client goes away without DISCONNECT: ours
// turns the availability topic to "offline". QoS 1 means the receiver confirms
// each message with a PUBACK, and the sender repeats what was not confirmed.
//
// # State and events
//
// State has no queue. A [Client] keeps the newest value of each topic and sends
// that; values nobody has seen yet are overwritten. At every connect all of it
// goes out again: subscriptions first, then announcements (discovery), then
// state, then "online", so nobody sees a stale value that claims to be current.
// Events wait in a ring of 1000 and are sent in order, before state, each
// exactly once while the connection lasts.
//
// # Paho
//
// The connection is Eclipse Paho's, a new client for each: its own reconnecting
// and its store are not used, because they replay old publishes after the fresh
// state and leave stale values retained.
//
// Sources: OASIS MQTT 3.1.1 and 5.0 (the bracketed numbers in comments are its
// statements), and the documentation of Home Assistant's MQTT integration for
// birth, will and size limits.
package mqtt
