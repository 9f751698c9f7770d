package sip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one of Settings in the words of a script.
type setting struct {
	name, allowed string
	get           func(*Settings) string
	set           func(*Settings, string) bool
}

func timeSetting(name string, low time.Duration, of func(*Settings) *time.Duration) setting {
	return setting{name, "a time such as 200ms or 60s", func(s *Settings) string { return of(s).String() }, func(s *Settings, text string) bool {
		d, err := time.ParseDuration(text)
		*of(s) = d
		return err == nil && d >= low && d <= 24*time.Hour
	}}
}

func switchSetting(name string, of func(*Settings) *bool) setting {
	return setting{name, "on or off", func(s *Settings) string {
		if *of(s) {
			return "on"
		}
		return "off"
	}, func(s *Settings, text string) bool {
		*of(s) = text == "on"
		return text == "on" || text == "off"
	}}
}

func wordSetting(name string, of func(*Settings) *string, words ...string) setting {
	return setting{name, "one of " + strings.Join(words, ", "), func(s *Settings) string { return *of(s) }, func(s *Settings, text string) bool {
		*of(s) = text
		return slices.Contains(words, text)
	}}
}

// settings are all that a script can set.
var settings = []setting{
	timeSetting("grant", time.Second, func(s *Settings) *time.Duration { return &s.Grant }),
	switchSetting("othercontact", func(s *Settings) *bool { return &s.OtherContact }),
	timeSetting("probe", 0, func(s *Settings) *time.Duration { return &s.Probe }),
	timeSetting("t1", time.Millisecond, func(s *Settings) *time.Duration { return &s.T1 }),
	timeSetting("gap", -time.Minute, func(s *Settings) *time.Duration { return &s.Gap }),
	timeSetting("expires", time.Second, func(s *Settings) *time.Duration { return &s.Expires }),
	{
		"limit", "a count, 0 to 1000", func(s *Settings) string { return strconv.Itoa(s.Limit) },
		func(s *Settings, text string) bool {
			n, err := strconv.Atoi(text)
			s.Limit = n
			return err == nil && n >= 0 && n <= 1000
		},
	},
	wordSetting("withheld", func(s *Settings) *string { return &s.Withheld }, WithheldForms()...),
	wordSetting("offer", func(s *Settings) *string { return &s.Offer }, "usual", "wideband", "none", "muted"),
	switchSetting("reason", func(s *Settings) *bool { return &s.Reason }),
	switchSetting("earlycancel", func(s *Settings) *bool { return &s.EarlyCancel }),
	switchSetting("overtaken", func(s *Settings) *bool { return &s.Overtaken }),
	switchSetting("cross", func(s *Settings) *bool { return &s.Cross }),
	wordSetting("bye", func(s *Settings) *string { return &s.Bye }, "ok", "ignore", "481"),
	timeSetting("appwake", 0, func(s *Settings) *time.Duration { return &s.AppWake }),
	timeSetting("redeliver", 0, func(s *Settings) *time.Duration { return &s.Redeliver }),
	switchSetting("tone", func(s *Settings) *bool { return &s.Tone }),
	{
		"ends", "statuses such as 603 or 603,404, or none", func(s *Settings) string {
			var list []string
			for _, status := range s.Ends {
				list = append(list, strconv.Itoa(status))
			}
			if len(list) == 0 {
				return "none"
			}
			return strings.Join(list, ",")
		}, func(s *Settings, text string) bool {
			if s.Ends = nil; text == "none" {
				return true
			}
			for _, word := range strings.Split(text, ",") {
				status, err := strconv.Atoi(word)
				if err != nil || status < 300 || status > 699 {
					return false
				}
				s.Ends = append(s.Ends, status)
			}
			return true
		},
	},
}

// SettingNames are the words for Settings.Set.
func SettingNames() []string {
	var list []string
	for _, x := range settings {
		list = append(list, x.name)
	}
	return list
}

// Set changes one setting by its name and a value in words.
func (s *Settings) Set(name, value string) error {
	for _, x := range settings {
		if x.name != name {
			continue
		}
		changed := *s
		if !x.set(&changed, value) {
			return fmt.Errorf("%.40q is not %s", value, x.allowed)
		}
		*s = changed
		return nil
	}
	return fmt.Errorf("%.40q is not one of %s", name, strings.Join(SettingNames(), ", "))
}

// changed are the settings that are not as on a new box, in the words of a script.
func (s *Settings) changed() []string {
	var list []string
	standard := DefaultSettings()
	for _, x := range settings {
		if value := x.get(s); value != x.get(&standard) {
			list = append(list, "sip "+x.name+" "+value)
		}
	}
	return list
}

// String names a trouble as a script would ask for it.
func (x PacketTrouble) String() string {
	s := "packets " + x.What + " " + x.Kind
	if x.What == "delay" {
		s += " by " + x.By.String()
	}
	if x.Times > 0 {
		s += " times " + strconv.Itoa(x.Times)
	}
	return s
}

// String names a refusal as a script would ask for it.
func (x Refusal) String() string {
	s := "register silent"
	if x.Status != 0 {
		s = "register " + strconv.Itoa(x.Status)
	}
	for _, option := range []struct {
		word string
		n    int
	}{{"retry", x.RetryAfter}, {"least", x.MinExpires}, {"times", x.Times}} {
		if option.n > 0 {
			s += fmt.Sprintf(" %s %d", option.word, option.n)
		}
	}
	return s
}

// PacketKinds are words for PacketTrouble.Kind.
func PacketKinds() []string {
	return []string{
		"invite", "ack", "cancel", "bye", "options", "update", "200", "401",
		"phone-register", "phone-100", "phone-180", "phone-200", "phone-480", "phone-486", "phone-487", "phone-603", "phone-bye",
	}
}
