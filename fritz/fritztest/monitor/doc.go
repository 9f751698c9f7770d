// Package monitor is the call monitor of a simulated FRITZ!Box: the port, its lines,
// its clients, and what can be wrong with them. It knows no calls; the box
// that it belongs to writes their lines.
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
// RING with its DISCONNECT some 3 ms later. Nothing is ever replayed, so a client
// that connects in the middle of a call sees its rest only. There is no official
// document; the format is known from lines that users published (FHEM,
// fritzconnection, jfritz, Home Assistant and ioBroker issues), and so are the
// variants that can be switched on here: CRLF, no ";" at the end, no trunk.
//
// No source knows what becomes of open connections when the monitor is switched
// off, nor how many clients a box accepts. Here they stay, and MaxClients is a guess.
package monitor
