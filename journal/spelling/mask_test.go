package spelling

import "testing"

// TestMaskText: every number of a text is masked, not only those of its call.
func TestMaskText(t *testing.T) {
	for text, want := range map[string]string{
		`+49 171 3920077 "x", ; y`:        `+49 171 3920xxx "x", ; y`,
		"Anna 0171/39 200-77, office":     "Anna 0171/39 20x-xx, office",
		"030 23125123 or (069) 90009-123": "030 23125xxx or (069) 90009-xxx",
		"0049 (0)30 23125123":             "0049 (0)30 23125xxx",
		"tel:+493023125123":               "tel:+493023125xxx",
		"x030\u00a023125\u00a0123y":       "x030\u00a023125\u00a0xxxy",
		"231257":                          "231xxx",
		"04066969xxx":                     "04066969xxx", // masked already
		"Praxis 24, Haus 12":              "Praxis 24, Haus 12",
		"12345":                           "12345",
		"**610":                           "**610",
		"46 reports, 2026-11-21":          "46 reports, 2026-11-21",
		"46 reports, 2026-11-21 18:00":    "46 reports, 2026-11-21 18:00",
		"21.11.2026":                      "21.11.2026",
		"SPAM 92: PhoneBlock 46 reports":  "SPAM 92: PhoneBlock 46 reports",
		"":                                "",
		"Team 7 - 030 23125124":           "Team 7 - 030 23125xxx",
		"030 23125123\n030 23125124":      "030 23125xxx\n030 23125xxx",
		"030.231.25.123":                  "030.231.25.xxx",
		"wildcard 0302312*":               "wildcard 0302xxx*",
		"030 23125123 069 90009456":       "030 23125xxx 069 90009xxx",
		"030 23125123/+49 69 90009456":    "030 23125xxx/+49 69 90009xxx",
		"4710123 / 4710124 - 4710125":     "4710xxx / 4710xxx - 4710xxx",
		"0171 39200 077":                  "0171 39200 xxx",
		"2026-11-21 03023125123":          "2026-11-21 03023125xxx",
	} {
		if got := MaskText(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}
