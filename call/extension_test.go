package call_test

import (
	"testing"

	"github.com/callporter/callporter/call"
)

func TestExtension(t *testing.T) {
	tests := []struct {
		ext                       call.Extension
		english, german, internal string
		machine                   bool
	}{
		{"", "", "", "", false},
		{"0", "FON 1", "FON 1", "**1", false},
		{"2", "FON 3", "FON 3", "**3", false},
		{"3", "Call-through", "Durchwahl", "", false},
		{"4", "ISDN", "ISDN", "", false},
		{"5", "Fax", "Fax", "", false},
		{"6", "Answering machine", "Anrufbeantworter", "", true},
		{"10", "DECT 1", "DECT 1", "**610", false},
		{"19", "DECT 10", "DECT 10", "**619", false},
		{"20", "IP phone 1", "IP-Telefon 1", "**620", false},
		{"29", "IP phone 10", "IP-Telefon 10", "**629", false},
		{"36", "ISDN data", "ISDN-Daten", "", false},
		{"37", "Fax data", "Fax-Daten", "", false},
		{"40", "Answering machine 1", "Anrufbeantworter 1", "**600", true},
		{"44", "Answering machine 5", "Anrufbeantworter 5", "**604", true},
		{"49", "Answering machine 10", "Anrufbeantworter 10", "**609", true},
		{"50", "Port 50", "Anschluss 50", "", false},
		{"-1", "Port -1", "Anschluss -1", "", false},
		{"x", "Port x", "Anschluss x", "", false},
		{"0040", "Port 0040", "Anschluss 0040", "", false},
	}
	for _, tt := range tests {
		if got := tt.ext.Device(call.English); got != tt.english {
			t.Errorf("%q is %q in English, want %q", tt.ext, got, tt.english)
		}
		if got := tt.ext.Device(call.German); got != tt.german {
			t.Errorf("%q is %q in German, want %q", tt.ext, got, tt.german)
		}
		if got := tt.ext.Internal(); got != tt.internal {
			t.Errorf("%q is dialled %q, want %q", tt.ext, got, tt.internal)
		}
		if got := tt.ext.AnsweringMachine(); got != tt.machine {
			t.Errorf("%q is an answering machine: %t", tt.ext, got)
		}
	}
}
