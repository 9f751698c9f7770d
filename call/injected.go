package call

import "slices"

// InjectedSource is the source of the evidence that the caller of a call is not the real one: a
// test has put another number in its place. Nothing may be learnt or written because of such a
// call.
const InjectedSource = "inject"

// Injected reports whether the caller is one that a test has put in the place of the real one.
func (c *Call) Injected() bool {
	return c.injected != "" || slices.ContainsFunc(c.Verdict.Evidence, injected)
}

func injected(e Evidence) bool { return e.Source == InjectedSource }

// marked adds to a verdict that the caller is not the real one, where it is not.
func (c *Call) marked(v Verdict) Verdict {
	if c.injected != "" && !slices.ContainsFunc(v.Evidence, injected) {
		e := Evidence{Source: InjectedSource, Reason: "injected", Detail: c.injected}
		v.Evidence = append([]Evidence{e}, v.Evidence...)
	}
	return v
}
