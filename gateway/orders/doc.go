// Package orders carries out what a person orders: block, phonebook entries, undo, the
// dialling aid, switches of the box, and the small ones.
//
// An order comes by MQTT, by the command socket, or from a subcommand that has the data
// directory to itself. It is an [order.Command] by then. Its way is one straight list:
//
//	order.Parse    what is wrong with it is a refusal
//	Give           refuses what cannot work, prepares the rest
//	Run            the worker of the box, one order after the other: ON and then OFF is not
//	               the same as OFF and then ON. What needs the journal alone does not wait
//	               for it, since a box may be silent
//	Reply          the one result, `timeout` after ten seconds
//
// Every write is read back, stands in the audit with what was there before and after, and
// can be undone. What an order wrote to is read again before its result goes out.
package orders
