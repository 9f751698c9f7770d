package call

// Observer receives each transition of the calls of a box, in order. The next observer,
// and the next event of the box, wait until Observe has returned, so it must not wait.
type Observer interface {
	Observe(box string, t Transition)
}

// Sink receives the events of a party that reports calls, in order. It may block while its
// reader is behind.
type Sink interface {
	Event(e Event)
}

// ObserverFunc is a function as an Observer.
type ObserverFunc func(box string, t Transition)

// Observe calls f.
func (f ObserverFunc) Observe(box string, t Transition) { f(box, t) }
