// Package media is the voice of a call: RTP (RFC 3550) with G.711 and telephone events
// (RFC 4733) over UDP, described by SDP (RFC 8866, offer and answer by RFC 3264).
//
// # Protocol
//
// G.711 is 8,000 samples a second of one byte each, by A-law (PCMA, payload type 8, Europe) or
// µ-law (PCMU, payload type 0). A packet carries 20 ms of it: 160 bytes. A pressed key comes as
// a telephone event: packets that all have the time stamp of the press, the last one three
// times. The FRITZ!Box offers G.722, PCMA, PCMU, 16 kHz G.711 and telephone-event 101, and the
// first two G.711 forms are all that is answered here.
//
// A session sends to where the voice of the box comes from, once it comes (symmetric RTP), and
// takes packets from the addresses of the box alone.
package media
