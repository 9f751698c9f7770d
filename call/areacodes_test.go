package call

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

// published writes the built-in area codes as the regulator publishes its own.
func published() string {
	var b strings.Builder
	b.WriteString("Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv\r\n")
	for line := range strings.Lines(germanCodes) {
		code, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if place, ok := strings.CutPrefix(value, "f "); ok {
			fmt.Fprintf(&b, "%s;%s;1\r\n", code, place)
		}
	}
	return b.String()
}

func TestReadAreaCodes(t *testing.T) {
	list := published()
	codes, err := ReadAreaCodes(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	if codes.Len() != 5200 {
		t.Errorf("%d codes, want 5200", codes.Len())
	}
	// The same list makes the same table.
	if _, table, _ := strings.Cut(germanCodes, "Apache License 2.0"); !strings.HasSuffix(table, codes.table) {
		t.Error("the built-in codes, read again, make another table")
	}

	// One code taken back, one given to another place, one new.
	changed := strings.NewReplacer("\n2041;Bottrop;1", "\n2041;Bottrop;0", "\n2043;Gladbeck;1", "\n2043;Neustadt;1").Replace(list)
	codes, err = ReadAreaCodes(strings.NewReader("\ufeff" + changed + "\"02042\";\"Neuland\";1\r\n\x1a"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := codes.NewPlan("DE", "02042", []string{"234567=Practice"})
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		raw             string
		reason, without NumberReason
		place           string
	}{
		{"02041234567", ReasonUnassignedAreaCode, ReasonOK, ""},
		{"02043234567", ReasonOK, ReasonOK, "Neustadt"},
		{"02042234567", ReasonOK, ReasonUnassignedAreaCode, "Neuland"},
		{"234567", ReasonLocalNumberCompleted, ReasonLocalNumberCompleted, "Neuland"},
		{"01713920055", ReasonOK, ReasonOK, ""},
		{"02129234567", ReasonOK, ReasonOK, "Haan Rheinland"},
	} {
		n := own.Number(tt.raw)
		if n.Reason != tt.reason || n.Place != tt.place {
			t.Errorf("%s is %s in %q, want %s in %q", tt.raw, n.Reason, n.Place, tt.reason, tt.place)
		}
		if n := builtIn.Number(tt.raw); n.Reason != tt.without {
			t.Errorf("%s is %s without the list, want %s", tt.raw, n.Reason, tt.without)
		}
	}
	if p, err := codes.NewPlan("AT", "01", nil); err != nil || p.Number("0512234567").Reason != ReasonOK {
		t.Errorf("an Austrian line does not ask the German list: %v", err)
	}
}

func TestReadAreaCodesLatin1(t *testing.T) {
	list := strings.Map(func(r rune) rune {
		if r > 0xff { // no name of the list has such a letter
			return '?'
		}
		return r
	}, published())
	latin1 := make([]byte, 0, len(list))
	for _, r := range list {
		latin1 = append(latin1, byte(r))
	}
	codes, err := ReadAreaCodes(strings.NewReader(string(latin1)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := codes.NewPlan("DE", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Number("08999998123").Place; got != "München" {
		t.Errorf("089 is %q", got)
	}
}

func TestReadAreaCodesErrors(t *testing.T) {
	list := published()
	for row, want := range map[string]string{
		"30;Berlin;1":                            "line 5202: the code 30 stands there twice",
		"2042;Neuland":                           "line 5202: 2 fields",
		"2042,Neuland,1":                         "line 5202: 1 fields",
		"171;Mobile;1":                           "line 5202: no area code",
		"204234;Neuland;1":                       "line 5202: no area code",
		"2;Neuland;1":                            "line 5202: no area code",
		"20a2;Neuland;1":                         "line 5202: no area code",
		"2042;;1":                                "line 5202: no name",
		"2042;Neu\x00land;1":                     "line 5202: no name",
		"2042;" + strings.Repeat("x", 61) + ";1": "line 5202: no name",
		"2042;Neuland;yes":                       "line 5202: neither 1",
		strings.Repeat("\n", 1<<20):              "more than 1048576 bytes",
	} {
		if _, err := ReadAreaCodes(strings.NewReader(list + row)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: error %v, want %q", row, err, want)
		}
	}
	half := list[:len(list)/2]
	if _, err := ReadAreaCodes(strings.NewReader(half[:strings.LastIndexByte(half, '\n')])); err == nil || !strings.Contains(err.Error(), "a whole list has about 5200") {
		t.Errorf("half a list: error %v", err)
	}
	var many strings.Builder
	for i := 20000; i < 30001; i++ {
		fmt.Fprintf(&many, "%d;x;1\n", i)
	}
	if _, err := ReadAreaCodes(strings.NewReader(many.String())); err == nil || !strings.Contains(err.Error(), "line 10001: more than 10000 codes") {
		t.Errorf("too many: error %v", err)
	}
	broken := errors.New("broken")
	if _, err := ReadAreaCodes(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("unreadable: error %v", err)
	}
}

func FuzzReadAreaCodes(f *testing.F) {
	list := published()
	f.Add("30;Berlin;1\n")
	f.Add("\x1a")
	f.Add("2042;N\xfcland;1")
	f.Fuzz(func(t *testing.T, row string) {
		codes, err := ReadAreaCodes(strings.NewReader(list + row))
		if err != nil {
			return
		}
		// Whatever was taken can be looked up.
		last := ""
		for line := range strings.Lines(codes.table) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if key <= last {
				t.Fatalf("%q after %q", key, last)
			}
			last = key
			if n, got := lookup(codes.table, key); n != len(key) || got != value {
				t.Fatalf("lookup(%q) = %d %q, want %q", key, n, got, value)
			}
		}
	})
}
