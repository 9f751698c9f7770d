// Package sip is the telephone side of a simulated FRITZ!Box: the registrar that IP phones
// register at (port 5060, UDP and TCP), and the house whose phones ring.
//
// SIP is text, and here it is written and read as text, without a library: what is tested
// with this package has its own stack, and a mistake must not find its twin here. The box is a
// strict peer. What a phone does against RFC 3261 is listed in State.Violations.
//
// # What a box does
//
// A REGISTER is challenged by a digest without qop, with another nonce each time; the grant is
// 300 s whatever is asked; one with a user part in the request line gets no answer. A call rings
// the phones of the house and every registered IP phone at the same time. The INVITE goes to
// the Contact of the registration, and has the called number in P-Called-Party-ID alone. Whoever
// answers first has the call: the others fall silent, IP phones by CANCEL. A 486 or a 480 of one
// IP phone leaves the others ringing, but FRITZ!App Fon, which a push message has to wake, does
// not begin to ring any more. No more than two calls at a time ring at IP phones.
//
// Sources: captures and reports in github.com/haumacher/phoneblock (#35, #85, #380, #381),
// github.com/n-IA-hane/esphome-intercom (#94), AVM's knowledge base (421), RFC 2069, RFC 3261.
// What no source knows is a switch in Settings, whose default is a guess.
package sip
