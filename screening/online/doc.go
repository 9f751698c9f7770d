// Package online asks sources outside the house about a number: a reputation list, a
// directory, a web page.
//
// A [Client] sends the requests: https alone, few redirects, small answers, one honest
// name. A [Resolver] stands between it and the judge, one for each source. It answers from
// the [Cache] where it can, asks once however many callers wait for the same number, and
// leaves a source alone for a while that fails. [All] asks several sources at once and
// takes what has arrived when the time is up: a phone never waits for the slowest.
//
// A number that was withheld, or that only means something inside the house, is never sent
// anywhere. No error, log line or metric of this package holds a number or a token.
package online
