// Package screening judges callers: from a number to a verdict with reasons.
//
// A Screener asks in this order: the own lists, the phonebooks, the number plan and the
// rules of the line, copies of reputation lists kept here, and, only if none of them
// decides, sources outside the house. Each check that has something to say gives a Finding:
// evidence with a weight from -100 (certainly welcome) to 100 (certainly not) and its part
// in the score. Policy makes the verdict of them, and a sentence that a person understands.
//
// What is here never waits, but for Screen, which asks outside and ends with its context. A
// source that fails or is late is no evidence: when in doubt the phone rings.
package screening
