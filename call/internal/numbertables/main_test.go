package main

import (
	"os"
	"strings"
	"testing"
)

// TestTablesAreCurrent compares the committed tables with what the generator makes
// of the module in go.mod.
func TestTablesAreCurrent(t *testing.T) {
	tables, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range tables {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != want {
			t.Errorf("%s is not what the generator makes: run go generate in the folder call", name)
		}
	}
}

// TestTables holds the numbers of codes that two independent lists agree on: 5200
// areas in Germany, 1023 in Austria, 20 in Switzerland.
func TestTables(t *testing.T) {
	for name, want := range map[string]int{"49.txt": 5200, "43.txt": 1023, "41.txt": 20} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := strings.Count(string(text), " f "); got != want {
			t.Errorf("%s has %d areas, want %d", name, got, want)
		}
	}
}

func TestBegins(t *testing.T) {
	for pattern, want := range map[string]bool{
		"[1-9]\\d{3}": false, "0?[1-9]\\d*": true, "(?:[2-9]|0[89])\\d": true, "\\d+": true, "(?:1|2)0": false,
	} {
		if got := begins(pattern, '0'); got != want {
			t.Errorf("%q begins with 0: %t", pattern, got)
		}
	}
}
