// Package tr064 is the TR-064 server of a simulated FRITZ!Box: its ports, its
// certificate, its descriptions, its logins, and what can be wrong with its answers.
// It does the actions that are about the device and about logins itself; those about
// telephones come from package telephony.
//
// On port 49000 (http) and 49443 (https, with a certificate that is signed by itself
// alone) the box is asked and set up by SOAP. /tr64desc.xml names the services, each
// with a description of its actions; both need no login. services.txt is the table
// that the descriptions are made from, and that every request is held against.
//
// Logins are HTTP digest (RFC 2617, MD5, qop auth) or, inside SOAP, the box's own
// form of it. An nc has to be higher than the one before; a nonce that is too old
// gets a challenge with stale=TRUE. Lists are fetched by GET from a URL that an action
// gives, whose session lives 20 minutes from its last use on.
//
// Sources: AVM, "TR-064 – First Steps" and the descriptions of boxes with FRITZ!OS
// 7.57 and 8.02 published with github.com/nitram509/gofritz; FBoxAPI, PhoneBlock,
// fritzconnection, tr-O64 and their issues for what the documents leave out.
//
// What no source knows is a guess here: how many wrong passwords lock a user out and
// for how long (3, then 8 s, doubled each time, 30 min at most), how long a nonce
// lives (10 min), and what an expired list URL answers (403, or a page with status 200).
package tr064
