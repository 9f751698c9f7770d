// Package fritztest is a FRITZ!Box in the process: it behaves towards its
// clients as the real box does, and goes wrong in the ways real boxes go wrong.
// Tests use it instead of a mock, "callporter demo" plays a day on it, and
// "callporter box" serves it on a port. It has no testing import and shares no
// code with what it tests: a mistake in a parser must not find its twin here.
//
// For now it has one part, the call monitor.
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
// # What a program in the same machine cannot simulate
//
// A box that loses its power sends no FIN and answers nothing. HalfOpen comes
// near, since the connection falls silent for ever, but the kernel behind it
// still acknowledges keepalive probes. A lost FIN needs a network namespace.
//
// What no source knows is a guess here and marked so: what becomes of open
// connections when the monitor is switched off (they stay), how many clients a
// box accepts (maxClients), and the lines of a diverted call that is answered.
package fritztest
