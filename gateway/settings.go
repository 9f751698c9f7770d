package gateway

import (
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// configuredSettings are the settings of a box that the configuration leads to.
func (g *Gateway) configuredSettings(box string) document.Settings {
	c := g.config
	s := document.Settings{
		AutoReject: c.Screening.Enabled && c.Screening.AutoReject,
		Threshold:  c.Screening.Threshold,
		Method:     config.RejectHangup.String(),
		Withheld:   c.Screening.Withheld.String(),
	}
	for i := range c.Boxes {
		if c.Boxes[i].ID == box {
			s.Method = c.Boxes[i].SIP.Method.String()
		}
	}
	return s
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
