// Package fritztest is a FRITZ!Box in the process: it behaves towards its
// clients as the real box does, and goes wrong in the ways real boxes go wrong.
// Tests use it instead of a mock, "callporter demo" plays a day on it, and
// "callporter box" serves it on a port. It has no testing import and shares no
// code with what it tests: a mistake in a parser must not find its twin here.
//
// A Box is put together from one package for each protocol: package monitor is its
// call monitor (port 1012), package tr064 its SOAP server (ports 49000 and 49443),
// package telephony what that server can be asked about telephones, and package sip its
// registrar (port 5060) with the phones that ring. Box embeds all four, so their methods are
// its own. What is kept here joins them: the calls with their connection ids, the clock,
// and restarts. A call begins and ends here; the call monitor writes its lines, the phones
// ring, and the call list gets its entry even if a fault keeps the lines from every client.
//
// Package boxscript drives a Box by scripts and by HTTP.
//
// # What a program in the same machine cannot simulate
//
// A box that loses its power sends no FIN and answers nothing. HalfOpen comes
// near, since the connection falls silent for ever, but the kernel behind it
// still acknowledges keepalive probes. A lost FIN needs a network namespace.
//
// No source knows which lines follow when a diverted call is answered.
package fritztest
