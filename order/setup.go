package order

import "cmp"

// Part is a part of callporter or of a box that a command cannot do without.
type Part uint8

// The parts that may be missing.
const (
	NoPart    Part = iota
	BoxAccess      // the box by TR-064: its user and password
	Softphone      // an IP phone of callporter at the box, which can end a call
	Screening      // the judge of callers
	Journal        // the file with calls, own lists and audit
	Dialling       // commands.dial
	Box            // a box, whose calls callporter can end: the line of Asterisk is none
)

// Setup is what is configured of a box, and so which commands can work.
type Setup struct {
	BoxAccess, Softphone, Screening, Journal, Dialling bool

	Asterisk bool // it is the line of Asterisk: its dial plan acts on the verdict, and there is no box
}

// Missing returns the part that a command lacks, NoPart if it can work. It is the one
// answer for whoever refuses a command and for whoever offers it. block has to act:
// whatever is only noted turns nobody away.
func (s Setup) Missing(command string) Part {
	if s.Asterisk {
		return s.missingAtAsterisk(command)
	}
	return s.missingAtBox(command)
}

// missingAtAsterisk: what a box would do cannot work, and block needs only that Asterisk hears
// of it.
func (s Setup) missingAtAsterisk(command string) Part {
	noBox := Setup{Screening: true, Journal: true, Dialling: true}
	switch {
	case command == "auto_reject":
		return Box
	case command == "block":
		return cmp.Or(missing(s.Screening, Screening), missing(s.Journal, Journal))
	case noBox.missingAtBox(command) != NoPart:
		return Box
	}
	return s.missingAtBox(command)
}

func (s Setup) missingAtBox(command string) Part {
	switch command {
	case "reject", "method":
		return missing(s.Softphone, Softphone)
	case "screen", "auto_reject", "permit_next", "threshold", "withheld":
		return missing(s.Screening, Screening)
	case "block":
		return missing(s.BoxAccess || s.Softphone, BoxAccess)
	case "phonebook_add", "phonebook_remove", "deflection", "answering_machine", "voicemail_read", "voicemail_delete", "trust":
		return missing(s.BoxAccess, BoxAccess)
	case "dial", "hangup":
		if !s.Dialling {
			return Dialling
		}
		return missing(s.BoxAccess, BoxAccess)
	case "unblock":
		return missing(s.BoxAccess || s.Journal, Journal)
	case "allow", "disallow", "undo":
		return missing(s.Journal, Journal)
	}
	return NoPart
}

func missing(there bool, p Part) Part {
	if there {
		return NoPart
	}
	return p
}
