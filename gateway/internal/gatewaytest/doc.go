// Package gatewaytest is what the tests of gateway and of its rooms share: a [House] is
// a whole gateway between simulated boxes and a broker, with a subscriber that hears
// everything. For tests alone.
package gatewaytest
