// Package sip is an IP phone at the FRITZ!Box: it registers there, hears of each call that
// rings, and can turn the caller away.
//
// # Protocol
//
// The box is the registrar (RFC 3261, UDP or TCP, port 5060). It challenges with a digest
// without qop and grants 300 s whatever is asked. New calls come as INVITE to the Contact of
// the registration, so that must be an address the box can reach. The caller is the user part
// of From, the own number that was called stands in P-Called-Party-ID alone. The box rings all
// phones at the same time. 486, 480 and 603 of one phone leave the others ringing; whoever
// answers stops them all. So to turn a caller away for the whole house is to answer and to hang
// up: 200 OK, ACK, BYE.
//
// Sources: captures in public issue threads, RFC 3261. No behaviour here was seen on a real box
// by this project.
package sip
