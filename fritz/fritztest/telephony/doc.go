// Package telephony is what a simulated FRITZ!Box knows of telephones and does with
// them by TR-064: phonebooks and call barring, call list, answering machines,
// deflections, own numbers, phones, and the dialling aid. Package tr064 carries its
// actions and serves its lists.
//
// Positions of entries and ids of phonebooks move; unique ids stay. A book from an
// online account refuses to be written (713). Call barring is a phonebook too, owner
// 258, and takes the same number twice. The call list is a file of its own; a call gets
// its entry when it begins, and its name from the phonebooks.
//
// Sources: AVM's documents of the services X_AVM-DE_OnTel, X_AVM-DE_TAM, X_VoIP and
// X_AVM-DE_Dect; FBoxAPI, PhoneBlock, fritzconnection, tr-O64, ioBroker.tr-064 and
// their issues for what the documents leave out.
//
// What no source knows is a guess here: what a full phonebook answers (603), when
// calls that go on appear in the call list, and the words before an own number of a
// line that is not SIP.
package telephony
