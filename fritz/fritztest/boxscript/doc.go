// Package boxscript is the script language of the simulated FRITZ!Box, what runs it,
// and a remote control by HTTP that takes it. "callporter box" and "callporter demo"
// use it.
//
//	ring 01713920055 to 23125732 as patient     # a call comes in
//	expect patient ring answer end              # what a subscriber of the gateway must see
//	wait 3s
//	connect patient 10
//	repeat 2
//		answered withheld to 23125732 by 40 for 9s
//	end
//	answer slow at phonebook.lua by 3s          # TR-064 goes wrong from here on
//
// Each line is one command. The table of commands is the grammar, the help and
// the implementation in one: a usage line says which words a command takes, and the
// function beside it makes the action. A script is checked completely before it runs;
// a Runner then does its actions on a Box, waiting as long as the script says, divided
// by the speed. The box's clock shows the time as written at any speed.
//
// Calls are found by their names on the box, so that one script can begin a call and
// another one can end it.
package boxscript
