// Package media is the voice of a call: RTP (RFC 3550) with G.711 and telephone events
// (RFC 4733) over UDP, described by SDP (RFC 8866, offer and answer by RFC 3264).
package media
