package call

import (
	"strings"
	"testing"
)

// TestLookup looks up every line of every table by its own prefix, alone and with
// digits behind it.
func TestLookup(t *testing.T) {
	for name, table := range map[string]string{"DE": germanCodes, "AT": austrianCodes, "CH": swissCodes, "world": countryCodes} {
		lines, last := 0, ""
		for line := range strings.Lines(table) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if key <= last && key != "#" {
				t.Fatalf("%s: %q after %q", name, key, last)
			}
			last = key
			if key == "#" {
				continue
			}
			lines++
			// 0 after a code is never the beginning of a longer one.
			for _, digits := range []string{key, key + "0", key + "00000000"} {
				if n, got := lookup(table, digits); n != len(key) || got != value {
					t.Errorf("%s: lookup(%q) = %d %q, want %q", name, digits, n, got, value)
				}
			}
		}
		if lines < 20 {
			t.Errorf("%s has %d lines", name, lines)
		}
		for _, digits := range []string{"", "0", "000", "01"} {
			if n, got := lookup(table, digits); n != 0 {
				t.Errorf("%s: lookup(%q) = %d %q", name, digits, n, got)
			}
		}
	}
}

func TestLookupNested(t *testing.T) {
	const table = "# header\n2 a\n21 b\n215 c\n2157 d\n3 e\n"
	for digits, want := range map[string]string{
		"2": "a", "20": "a", "21": "b", "219": "b", "215": "c", "2156": "c", "2158": "c", "2157": "d", "21571": "d", "29": "a", "3": "e", "4": "", "1": "",
	} {
		if _, got := lookup(table, digits); got != want {
			t.Errorf("lookup(%q) = %q, want %q", digits, got, want)
		}
	}
}

func TestCountry(t *testing.T) {
	tests := []struct{ digits, code, iso, trunk string }{
		{"493023125123", "49", "DE", "0"},
		{"12125550199", "1", "US", "1"},
		{"74952345678", "7", "RU", "8"},
		{"3902", "39", "IT", ""},
		{"88213", "882", "", ""},
		{"379", "379", "VA", ""},
		{"210", "", "", ""},
	}
	for _, tt := range tests {
		c, ok := countryOf(tt.digits)
		if c.code != tt.code || c.main() != tt.iso || c.trunk != tt.trunk || ok != (tt.code != "") {
			t.Errorf("countryOf(%q) = %+v %t", tt.digits, c, ok)
		}
	}
	if c, ok := countryByISO("KZ"); !ok || c.code != "7" {
		t.Errorf("KZ has %q", c.code)
	}
	for _, iso := range []string{"", "XX", "de", "S,A"} {
		if c, ok := countryByISO(iso); ok {
			t.Errorf("%q is a country: %+v", iso, c)
		}
	}
	// The largest plans known in detail agree with the table of the world.
	for _, n := range []*nation{germany, austria, switzerland} {
		if c, ok := countryOf(n.code); !ok || c.main() != n.iso || c.trunk != n.trunk {
			t.Errorf("%s: %+v", n.iso, c)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		lookup(germanCodes, "33051234567")
	}
}
