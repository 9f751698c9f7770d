// Package testkit has what the tests of more than one folder need: waiting for a
// condition, running something beside a test, a log to look into, ports and
// connections on loopback, certificates, golden files, a counter's value, and real
// peers such as mosquitto.
//
// It is for tests alone, and imports nothing of callporter: also the tests inside a
// package can use it, and a mistake in the product cannot hide in it. What one folder
// needs stays in that folder's tests.
package testkit
