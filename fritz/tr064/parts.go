package tr064

import "context"

// parts keeps what went wrong with the parts of a reading. A part that fails costs that part
// alone.
type parts struct {
	err     error // the first
	offline int   // parts in a row that the box did not answer to
}

// failed notes how a part went, and reports whether it failed.
func (p *parts) failed(err error) bool {
	switch ReasonOf(err) {
	case Silent, Unreachable, Refused, Busy:
		p.offline++
	default:
		p.offline = 0
	}
	if p.err == nil {
		p.err = err
	}
	return err != nil
}

// hopeless reports whether the next part cannot be read either: there is no way into the
// box, or it has not answered twice.
func (p *parts) hopeless(ctx context.Context) bool {
	switch ReasonOf(p.err) {
	case LockedOut, BadCredentials, NoCredentials, BadCertificate, AccessOff:
		return true
	}
	return p.offline >= 2 || ctx.Err() != nil
}
