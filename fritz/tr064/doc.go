// Package tr064 reads a FRITZ!Box by TR-064 and changes it: phonebooks, call barring,
// call list, answering machines and their messages, deflections, phones, own numbers, the
// dialling aid. Package soap below it sends the requests; the protocol, the login and the
// errors are explained there.
//
// A [Client] does everything for one box.
//
// # Lists
//
// Phonebooks, call list and messages are files; an action returns their URL. A phonebook
// that is asked for with its last timestamp answers "not modified" if nothing has changed.
//
// The box numbers its phonebooks, and the numbers change when somebody adds a phonebook.
// So a [BookRef] holds a name, which is looked up just before use. An entry has a number
// that stays the same, its UID. Deflections, answering machines and messages have no such
// number: what stands at their index now is compared with what was listed.
//
// # Writes
//
// Every write reads first, and does nothing if all is already as it should be. It refuses
// phonebooks that belong to online accounts and phonebooks that are full, reads back what
// it wrote, and returns a [Change] with what was before and after. [Client.Undo] takes a
// Change back if the box is still as the Change left it. If the connection breaks while
// writing, the client looks afterwards whether the write happened. If that cannot be
// found out, the error is [ErrUncertain], and doing it again does not do it twice. A write
// whose context ends goes on for up to 3 s, so that its outcome is known.
//
// Sources: AVM's documents of the services X_AVM-DE_OnTel, X_VoIP, X_AVM-DE_TAM,
// DeviceInfo; what real boxes answered.
package tr064
