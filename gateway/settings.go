package gateway

import (
	"cmp"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// configuredSettings returns the settings of a box that the configuration leads to. It is asked
// about all boxes after each call.
func (g *Gateway) configuredSettings() func(box string) document.Settings {
	c := g.config
	methods := make(map[string]string, len(c.Boxes))
	for i := range c.Boxes {
		methods[c.Boxes[i].ID] = c.Boxes[i].SIP.Method.String()
	}
	return func(box string) document.Settings {
		return document.Settings{
			AutoReject: c.Screening.Enabled && c.Screening.AutoReject,
			Threshold:  c.Screening.Threshold,
			Method:     cmp.Or(methods[box], config.RejectHangup.String()), // Asterisk is no box
			Withheld:   c.Screening.Withheld.String(),
		}
	}
}

// settingsChanged puts the settings in force, for the calls to come, and publishes them.
func (b *box) settingsChanged() {
	if b.screened != nil {
		b.screened.setLine(*b.screenedLine.Load())
	}
	b.publishSettings()
	b.wakeTrial()
}

func (b *box) publishSettings() {
	b.publisher.Retain(b.topics.Settings, b.docs.Settings(b.settings.Of(b.id), b.poller.Current().Switches(b.docs.Language)))
}

// adopt takes over what a snapshot says about the line.
func (s *screened) adopt(of *poll.Snapshot) {
	s.setLine(screening.Line{Box: s.id, Plan: of.Plan, Contacts: contactsOf(of.Contacts)})
}

// setLine makes a line with the settings as they are now that of the calls to come.
func (s *screened) setLine(l screening.Line) {
	s.lineMu.Lock()
	defer s.lineMu.Unlock()
	settings := s.settings.Of(s.id)
	l.Policy.Threshold = settings.Threshold
	l.Rules = s.rules(l.Plan, settings)
	s.screenedLine.Store(&l)
}
