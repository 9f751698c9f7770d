// Package retained knows what of callporter stands retained on the broker: which topics and
// discovery documents a configuration leads to, and what an earlier one has left there.
// Nobody would ever correct that, so it is cleared. What is not certainly ours stays.
package retained
