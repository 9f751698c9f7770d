// Package callmonitor is the client of the FRITZ!Box call monitor: TCP port 1012,
// on which the box tells each call the moment it happens.
//
// # Protocol
//
// The monitor is off until somebody dials #96*5* on a DECT or wired phone of the
// box (#96*4* switches it off again). While it is off, the port refuses. There is
// no login, no greeting and no request: the box sends one line per report and
// ignores what it receives. It repeats nothing to a new client. A client that
// connects during a call sees the end of the call without its beginning.
//
//	16.06.20 12:25:42;RING;0;01713920055;23125732;SIP1;        id; caller; own number; line
//	16.06.20 15:04:02;CALL;1;13;23125732;01713920055;SIP1;     id; extension; own number; dialled; line
//	16.06.20 15:04:09;CONNECT;1;13;01713920055;                id; extension; number
//	16.06.20 15:05:11;DISCONNECT;1;62;                         id; seconds talked
//
// The stamp is the wall clock of the box: two-digit year, no zone, no mark for
// summer time, 1970 before the first time sync. After a DISCONNECT the id is free
// at once. An empty caller is a withheld number. A caller who sends another number
// than that of the network may show as "own(network)". The number of a CONNECT is
// usually that of the other party and sometimes the own one, so it identifies
// nothing. The box counts the seconds; they differ from its stamps by up to three.
//
// The last field and the final semicolon may be missing, lines may end in CRLF,
// and further fields may follow: none of it is an error here. Every line ever
// published is ASCII, but nobody promises that, so any byte is accepted.
//
// # Link
//
// Hours without a byte are normal, so there is no read deadline: TCP keepalive
// finds a dead box within 75 seconds. Some firmware closes an idle connection. That
// is no fault, and the monitor dials again at once. A box that restarts sends no FIN
// and refuses connections for a while.
//
// # Sources
//
// There is no official description of the format. The above follows AVM's
// knowledge base (article 1613 for the two numbers of a caller) and what others
// learned from their boxes: FHEM's 72_FB_CALLMONITOR (extensions, number rules),
// fritzconnection, jfritz, FritzCall for Enigma2 (2006: CRLF, no line field),
// kriegaex/callmonitor, node-red-contrib-fritz, ioBroker.tr-064 and Home
// Assistant's issue threads (idle close, keepalive, refused dials).
package callmonitor
