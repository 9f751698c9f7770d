package call_test

import "testing"

func TestOperator(t *testing.T) {
	for _, tt := range []struct{ country, raw, want string }{
		{"DE", "01713920055", "Telekom"},
		{"DE", "015228817386", "Vodafone"},
		{"DE", "017623456789", "Telefónica"},
		{"DE", "015678234567", "Argon Networks"},
		{"DE", "015002345678", ""}, // nobody is known to hold the block
		{"DE", "03023125123", ""},
		{"DE", "0043664234567", "A1"},
		{"AT", "06642345678", "A1"},
		{"AT", "069912345678", "Drei"},
		{"AT", "069981234567", "A1"}, // a block within another's
		{"AT", "+491713920055", "Telekom"},
		{"CH", "0792345678", "Swisscom"},
		{"CH", "0782345678", "Salt"},
		{"DE", "+447700900123", ""},
		{"DE", "", ""},
		{"DE", "**610", ""},
	} {
		if got := plan(t, tt.country, "").Number(tt.raw).Operator(); got != tt.want {
			t.Errorf("%s %q: operator %q, want %q", tt.country, tt.raw, got, tt.want)
		}
	}
}
