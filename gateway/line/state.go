package line

import "github.com/callporter/callporter/call"

// PublishAll publishes state and link. Call it in Do, or before Run.
func (l *Line) PublishAll() {
	l.publishState()
	l.publishLink()
}

// publishState publishes the aggregate of the box and of each own number, and what others
// have to publish with it.
func (l *Line) publishState() {
	l.dirty = false
	l.publish.Retain(l.topics.State, l.docs.State(call.Summarize(l.audible(""))))
	for _, own := range l.plan.MSNs {
		digits := own.Digits()
		l.publish.Retain(l.topics.Line(digits), l.docs.State(call.Summarize(l.audible(digits))))
	}
	if l.published != nil {
		l.published()
	}
}

func (l *Line) publishLink() {
	word := "offline"
	if l.link.online {
		word = "online"
	}
	l.publish.Retain(l.topics.Link, []byte(word))
	l.publishMonitor()
}
