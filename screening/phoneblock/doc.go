// Package phoneblock speaks with PhoneBlock (https://phoneblock.net), where people report
// unwanted callers, and says what its answers mean. All requests carry the user's token.
//
//	GET  /blocklist?since=N          the list: all of it with 0, or what changed since version N
//	GET  /check-prefix?sha1=XXXX     all listed numbers whose hash begins so
//	POST /report-call/0049…          a listed number has called: for the count of its calls
//
// The second asks about a caller without naming him: some 600 mobile numbers share the
// first 4 hexadecimal digits of a SHA-1, and those listed come back to be compared here.
// The interface also takes hashes of the number without its last digits, to find ranges.
// With these only one number fits, so they are never sent: ranges are looked for in the
// list on this machine.
//
// Limits for a token: the whole list 14 times in 7 days, changes 4 times a day, 200
// questions and 20 reports a day. Beyond them the answer is 429 with Retry-After.
package phoneblock
