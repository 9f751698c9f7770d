// Package control is the command socket, server and client: callporter.sock in the data
// directory of a running gateway, for this user of this computer alone (0600).
//
// A request is one line of JSON. The answer is one line too, the JSON of the result topic:
//
//	{"box":"fritzbox","command":"quiet","payload":"ON"}
//	{"request":"","command":"quiet","ok":true,"error":null,"data":{"auto_reject":"OFF","threshold":75,"method":"hangup","withheld":"ring","quiet":"ON",…},"call":""}
//
// The payload is what would be published, as a text or as the JSON object itself. A query
// has "query" in place of the command, and "args". It changes nothing:
//
//	{"box":"fritzbox","query":"calls","args":{"outcome":"missed","limit":"2"}}
//	{"query":"calls","ok":true,"error":null,"data":{"calls":[…],"next":"01K…"}}
//
// A connection may carry many requests, one after the other.
package control
