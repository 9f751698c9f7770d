package call

// Observer hears each transition of the calls of a box, in order. Observe is called on the
// way of a ring to the broker, so it returns at once: what takes time goes on elsewhere.
type Observer interface {
	Observe(box string, t Transition)
}

// Sink takes what a party reports of its calls, in order. It may block while whoever takes
// it is behind.
type Sink interface {
	Event(e Event)
}

// ObserverFunc is a function that observes.
type ObserverFunc func(box string, t Transition)

// Observe calls f.
func (f ObserverFunc) Observe(box string, t Transition) { f(box, t) }
