// Package asterisk is a FastAGI server: an Asterisk asks by it whether a caller may ring, and
// says how the call went on.
//
// FastAGI is TCP, port 4573 by default, and knows no login (res_agi of Asterisk 22, and
// https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Gateway-Interface-AGI/). For each
// AGI(agi://host/script,argument…) of the dial plan, Asterisk connects and sends its environment,
// one "agi_key: value" a line, and an empty line. Then the server gives commands, one a line, and
// gets one answer to each:
//
//	SET VARIABLE TLW_SCORE "8"      200 result=1
//	NO SUCH COMMAND                 510 Invalid or unknown command
//	(after the caller hung up)      511 Command Not Permitted on a dead channel or intercept routine
//	SET VARIABLE a b c              520-Invalid command syntax.  Proper usage follows:
//	                                …
//	                                520 End of proper usage.
//
// When the caller hangs up, Asterisk sends a line HANGUP, at any time. In a quoted value \" and \\
// stand for " and \. A line end ends the command even inside the quotes, and what follows would
// run as the next one.
package asterisk
