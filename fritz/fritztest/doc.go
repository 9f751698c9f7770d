// Package fritztest is a FRITZ!Box in the process: it behaves towards its
// clients as the real box does, and goes wrong in the ways real boxes go wrong.
// Tests use it instead of a mock, "callporter demo" plays a day on it, and
// "callporter box" serves it on a port. It has no testing import and shares no
// code with what it tests: a mistake in a parser must not find its twin here.
//
// It has two parts, the call monitor and TR-064. A call of the one stands in the call
// list of the other, also if a fault kept its lines from everybody.
//
// # The call monitor
//
// A FRITZ!Box whose call monitor is switched on (dial #96*5*) listens on TCP
// port 1012. It greets nobody, asks for no password, ignores what clients send
// and writes one line for each change of a call, to every client alike:
//
//	16.06.20 12:25:42;RING;0;01713920055;23125732;SIP1;        incoming: id, caller, called, trunk
//	16.06.20 15:04:02;CALL;1;13;23125732;01713920055;SIP1;     outgoing: id, extension, own, dialled, trunk
//	16.06.20 12:25:49;CONNECT;0;10;01713920055;                taken: id, extension, the other party
//	16.06.20 12:26:19;DISCONNECT;0;30;                         over: id, seconds talked
//
// The stamp is the box's local time without a zone. The id tells the calls
// apart that are alive at the same time; it is given again as soon as it is
// free. A caller who sends no number has an empty field. A barred caller is a
// RING with its DISCONNECT some 3 ms behind it. Nothing is ever replayed, so
// whoever connects in the middle of a call sees its rest. There is no official
// document; the format is known from lines that users published (FHEM,
// fritzconnection, jfritz, Home Assistant and ioBroker issues), and so are the
// variants that can be switched on here: CRLF, no ";" at the end, no trunk.
//
// # TR-064
//
// On port 49000 (http) and 49443 (https, with a certificate that is signed by itself
// alone) the box is asked and set up by SOAP. /tr64desc.xml names the services, each
// with a description of its actions; both need no login. services.txt is the table
// that the descriptions are made from, and that every request is held against.
//
// Logins are HTTP digest (RFC 2617, MD5, qop auth) or, inside SOAP, the box's own
// form of it. An nc has to be higher than the one before; a nonce that is worn out
// gets a challenge with stale=TRUE. Lists are fetched by GET from a URL that an action
// gives, whose session lives 20 minutes from its last use on.
//
// Positions of entries and ids of phonebooks move; unique ids stay. A book from an
// online account refuses to be written (713). Call barring is a phonebook too, owner
// 258, and takes the same number twice.
//
// Sources: AVM, "TR-064 – First Steps" and the descriptions of boxes with FRITZ!OS
// 7.57 and 8.02 published with github.com/nitram509/gofritz; FBoxAPI, PhoneBlock,
// fritzconnection, tr-O64 and their issues for what the documents leave out.
//
// # What a program in the same machine cannot simulate
//
// A box that loses its power sends no FIN and answers nothing. HalfOpen comes
// near, since the connection falls silent for ever, but the kernel behind it
// still acknowledges keepalive probes. A lost FIN needs a network namespace.
//
// What no source knows is a guess here and marked so: what becomes of open
// connections when the monitor is switched off (they stay), how many clients a
// box accepts (maxClients), and the lines of a diverted call that is answered. Of
// TR-064: how many wrong passwords lock a user out and for how long (3, then 8 s,
// doubled each time, 30 min at most), how long a nonce lives (10 min), what a full
// phonebook answers (603), what an expired list URL answers (403, or a page with
// status 200), when calls that go on appear in the call list, and the words before
// an own number of a line that is not SIP.
package fritztest
