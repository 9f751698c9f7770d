package screening

import "time"

// SourceState is how a source that is asked by a screener is doing.
type SourceState struct {
	Name   string
	Paused time.Time // until then it is not asked, after failures; zero = it is asked
	Cause  error     // of the pause
}

// SourceStates returns how the sources are doing.
func (s *Screener) SourceStates() []SourceState {
	states := make([]SourceState, len(s.sources))
	for i, source := range s.sources {
		until, cause := source.Paused()
		states[i] = SourceState{source.Name(), until, cause}
	}
	return states
}
