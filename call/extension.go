package call

import "strconv"

// Extension is the box's number for one of its phones, as CALL and CONNECT have it: "0" is
// the first analog socket, "10" the first DECT handset, "40" the first answering machine.
// No public document lists them; the table comes from owners of boxes (FHEM's connection
// types, call list notes of AVM).
type Extension string

// number returns the extension as an integer, -1 if it is none.
func (e Extension) number() int {
	n, err := strconv.Atoi(string(e))
	if err != nil || n < 0 || len(e) > 3 {
		return -1
	}
	return n
}

// AnsweringMachine reports whether the extension is an answering machine of the
// box: 40 to 49, and 6 on old firmware.
func (e Extension) AnsweringMachine() bool {
	n := e.number()
	return n == 6 || n >= 40 && n <= 49
}

// Internal returns the number that a handset dials to reach this extension, such as "**610"
// for the first DECT handset; "" if the table has none.
func (e Extension) Internal() string {
	switch n := e.number(); {
	case n >= 0 && n <= 2:
		return "**" + strconv.Itoa(n+1)
	case n >= 10 && n <= 19:
		return "**" + strconv.Itoa(600+n)
	case n >= 20 && n <= 29:
		return "**" + strconv.Itoa(600+n)
	case n >= 40 && n <= 49:
		return "**" + strconv.Itoa(560+n)
	}
	return ""
}

// Device names the phone in the language given: "DECT 1", "Answering machine 1".
// An extension the table does not know is "Port N"; no extension is "".
func (e Extension) Device(l Language) string {
	if e == "" {
		return ""
	}
	n := e.number()
	nth := func(s string, first int) string { return s + " " + strconv.Itoa(n-first+1) }
	switch {
	case n >= 0 && n <= 2:
		return nth("FON", 0)
	case n == 3:
		return l.Pick("Call-through", "Durchwahl")
	case n == 4:
		return "ISDN"
	case n == 5:
		return "Fax"
	case n == 6:
		return l.Pick("Answering machine", "Anrufbeantworter")
	case n >= 10 && n <= 19:
		return nth("DECT", 10)
	case n >= 20 && n <= 29:
		return nth(l.Pick("IP phone", "IP-Telefon"), 20)
	case n == 36:
		return l.Pick("ISDN data", "ISDN-Daten")
	case n == 37:
		return l.Pick("Fax data", "Fax-Daten")
	case n >= 40 && n <= 49:
		return nth(l.Pick("Answering machine", "Anrufbeantworter"), 40)
	}
	return l.Pick("Port ", "Anschluss ") + string(e)
}
