package gatewaytest

// SwitchDoc is one switch of a [SettingsDoc].
type SwitchDoc struct{ Name, State string }

// SettingsDoc is the settings document of the contract.
type SettingsDoc struct {
	Quiet             string
	Deflections       map[string]SwitchDoc
	AnsweringMachines map[string]SwitchDoc `json:"answering_machines"`
}

// Settings is the newest settings document of the box.
func (s *Site) Settings() SettingsDoc {
	s.House.Helper()
	return Parse[SettingsDoc](s.House, s.House.Heard.Newest(s.Topic("settings")))
}

// SettledNow waits until everything that was set so far has arrived.
func (s *Site) SettledNow() {
	s.House.Helper()
	for _, word := range []string{"ON", "OFF"} {
		s.WantCode("quiet", word, "ok")
		s.House.Heard.Until("quiet "+word, func() bool { return s.Settings().Quiet == word })
	}
}
