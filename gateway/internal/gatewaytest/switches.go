package gatewaytest

// SwitchDoc is one switch of a [SettingsDoc].
type SwitchDoc struct{ Name, State string }

// SettingsText is the settings document of a box that has no switches, as configured but for
// quiet.
func SettingsText(quiet string) string {
	return `{"auto_reject":"OFF","threshold":75,"method":"hangup","withheld":"ring","quiet":"` + quiet + `","deflections":{},"answering_machines":{}}`
}

// SettingsDoc is the settings document of the contract.
type SettingsDoc struct {
	AutoReject        string `json:"auto_reject"`
	Threshold         int
	Method            string
	Withheld          string
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
