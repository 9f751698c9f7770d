// Package orders carries out what a person orders: block, phonebook entries, undo, the
// dialling aid, switches of the box, and a few small ones.
//
// An order comes by MQTT, by the command socket, or from a subcommand that owns the data
// directory. It arrives here as an [order.Command] and takes these steps:
//
//	order.Parse    reads the command; a mistake in it becomes a refusal
//	Give           refuses what cannot work and prepares the rest
//	Run            is the worker of the box. It carries out one order after the other,
//	               since ON and then OFF differs from OFF and then ON. An order that needs
//	               only the journal does not wait for the worker: the box may not answer
//	Reply          gets the one result, `timeout` after ten seconds
//
// tr064 reads every write back. The audit records it with the state before and after, so
// that undo can restore the state before. Before the result goes out, the poller is told
// what to read again, so that a question asked after the result sees the change.
package orders
