// Package topic names the MQTT topics of the public contract.
//
// A topic is a path of levels, such as "callporter/fritzbox/state": the base, the
// box, what it is about. Whoever subscribes names a filter, in which "+" stands for
// one level and "#" for all that follow.
//
// Source: OASIS MQTT 3.1.1, section 4.7.
package topic
