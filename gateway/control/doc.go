// Package control is the command socket, both ends: callporter.sock in the data directory
// of a running gateway, for this user of this computer alone (0600).
//
// One line of JSON is a request. The line that answers it is the document that MQTT has
// on the result topic:
//
//	{"box":"fritzbox","command":"quiet","payload":"ON"}
//	{"request":"","command":"quiet","ok":true,"error":null,"data":{"quiet":"ON"},"call":""}
//
// The payload is what would be published, as a text or as the JSON object itself. A
// question has "query" in the place of the command, and "args". It changes nothing:
//
//	{"box":"fritzbox","query":"calls","args":{"outcome":"missed","limit":"2"}}
//	{"query":"calls","ok":true,"error":null,"data":{"calls":[…],"next":"01K…"}}
//
// A connection may carry many requests, one after the other. The lock of the data
// directory stands here too: it says whether a gateway runs there.
package control
