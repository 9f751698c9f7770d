// Package broker is an MQTT broker for houses that have none. It speaks MQTT 3.1.1
// and 5 by TCP, TLS and WebSocket, and to our own client through a pipe.
//
// # The protocol
//
// A client opens a connection and sends CONNECT with its client id, perhaps a name
// and a password, and perhaps a last will: a message the broker publishes when the
// client goes away without DISCONNECT. The broker answers CONNACK. A SUBSCRIBE names
// filters of topics: "+" stands for one level, "#" for all that follow. A PUBLISH
// goes to every client with a filter that matches. With the retain flag the broker
// also keeps it, and gives it to whoever subscribes later; an empty payload clears it.
//
// QoS says how a message is confirmed on its way to the next party. 0: not at all.
// 1: by PUBACK; without it the message is sent again on the next connection. 2: by
// PUBREC, PUBREL and PUBCOMP, so that it arrives exactly once.
//
// A session is what the broker keeps for a client id: its filters, what waits for it,
// and what is not confirmed. It outlives the connection if the client asks for that
// with CONNECT, in MQTT 5 for a given time.
//
// # How it is built
//
// The library (mochi) reads and checks packets. This package keeps what a client is
// subscribed to, what waits for it and what is retained, since the library breaks the
// rules there; the type hook says how. A connection passes the limits of package limit,
// then conn, hook, router; session holds what waits for a client. Retained messages are
// saved in a file (store), sessions end with the process.
//
// Sources: OASIS MQTT 3.1.1 and 5.0. The bracketed numbers in comments are their
// statements.
package broker
