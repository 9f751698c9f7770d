package gateway

import (
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// configuredSettings are the settings of each box that the configuration leads to.
func configuredSettings(c *config.Config) document.Settings {
	return document.Settings{
		AutoReject: c.Screening.Enabled && c.Screening.AutoReject,
		Threshold:  c.Screening.Threshold,
		Withheld:   c.Screening.Withheld.String(),
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
