package screening

import "github.com/callporter/callporter/screening/online"

// SourceState is how a source that is asked by a screener is doing.
type SourceState struct {
	Name  string
	Pause online.Pause // the zero Pause: nothing is wrong
}

// SourceStates returns how the sources are doing.
func (s *Screener) SourceStates() []SourceState {
	states := make([]SourceState, len(s.sources))
	for i, source := range s.sources {
		pause, _ := source.Pause()
		states[i] = SourceState{source.Name(), pause}
	}
	return states
}
