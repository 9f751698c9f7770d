// Package document writes the JSON documents of the MQTT contract: the state of a box,
// an event, the last call, missed calls, settings, health, voice messages, results.
//
// Every key is always there, in the contract's order: a template of Home Assistant must
// not fail because nobody calls. What is not known is an empty string, zero or null. Times
// are RFC 3339 with offset, in whole seconds. No document is larger than [MaxSize] and no
// text longer than 255 characters, which is the longest state Home Assistant takes.
//
// A [Call] is the same everywhere: an event is a call with event_type before it, the
// state, last_call and missed contain calls, and it stands without MQTT too.
package document
