package call

import "time"

// goneLimit is how long a call that has ended waits for the same caller to be answered at
// another own number. Of two lines with the same second either may come first.
const goneLimit = 2 * time.Second

// twin reports whether two calls that ring are of one caller to two own numbers, as if a
// provider lets both ring. Nobody can tell that of callers who withhold their number.
func twin(a, b *Call) bool {
	return a.Connection != b.Connection && a.Direction == Incoming && b.Direction == Incoming && a.Phase == Ringing && b.Phase == Ringing &&
		!a.Caller.Number.Withheld() && a.Caller.Number.Full() == b.Caller.Number.Full() && a.Callee.Number.Full() != b.Callee.Number.Full()
}

// ringsElsewhere reports whether the same caller rings at another own number.
func (t *Tracker) ringsElsewhere(c *Call) bool {
	for i := range t.calls {
		if t.calls[i].gone.IsZero() && twin(c, &t.calls[i]) {
			return true
		}
	}
	return false
}

// takeTwins notes that of the calls of a caller to own numbers one was taken: the others are
// not missed.
func (t *Tracker) takeTwins(dst []Transition, rang *Call, by Extension) []Transition {
	outcome := Answered
	if by.AnsweringMachine() {
		outcome = AnsweringMachine
	}
	for i := 0; i < len(t.calls); i++ {
		c := &t.calls[i]
		if !twin(c, rang) {
			continue
		}
		if c.taken = outcome; !c.gone.IsZero() {
			dst = t.close(dst, i, c.gone, EventEnd, outcome, 0)
			i--
		}
	}
	return dst
}

// settle ends the calls that wait in vain for their caller to be answered elsewhere.
func (t *Tracker) settle(dst []Transition) []Transition {
	for i := 0; i < len(t.calls); i++ {
		if c := &t.calls[i]; !c.gone.IsZero() && !t.ringsElsewhere(c) {
			dst = t.lose(dst, i, c.gone)
			i--
		}
	}
	return dst
}
