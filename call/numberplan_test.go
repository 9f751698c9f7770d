package call_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

func plan(t testing.TB, country, area string, own ...string) *call.Plan {
	t.Helper()
	p, err := call.NewPlan(country, area, own)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNumber(t *testing.T) {
	type want struct {
		e164, national string
		kind           call.NumberKind
		place, country string
	}
	berlin := want{"+493023125123", "030 23125123", call.Fixed, "Berlin", "DE"}
	mobile := want{"+491713920055", "0171 3920055", call.Mobile, "", "DE"}
	nothing := want{kind: call.Withheld}
	text := func(s string) want { return want{"", s, call.Invalid, "", ""} }
	tests := []struct {
		country, area, raw string
		want               want
	}{
		// One number, many spellings.
		{"DE", "030", "03023125123", berlin},
		{"DE", "030", "23125123", berlin},
		{"DE", "030", "+493023125123", berlin},
		{"DE", "030", "00493023125123", berlin},
		{"DE", "030", "+49 (0)30 23125123", berlin},
		{"DE", "030", "0049(0)3023125123", berlin},
		{"DE", "030", "+49 (0) 30/231 25-123", berlin},
		{"DE", "030", "(030) 23125123", berlin},
		{"DE", "030", "(0)30 23125123", berlin},
		{"DE", "030", "030.231.25.123", berlin},
		{"DE", "030", "030\u00a023125\u2013123", berlin},
		{"DE", "030", " 03023125123\t", berlin},
		{"DE", "030", "030\x0023125123", berlin},
		{"DE", "030", "03023125123##", berlin},
		{"DE", "030", "+49030 23125123", berlin},
		{"DE", "089", "03023125123", berlin},
		{"AT", "01", "+493023125123", want{"+493023125123", "+49 30 23125123", call.Foreign, "Berlin", "DE"}},
		{"DE", "030", "01713920055", mobile},
		{"DE", "", "0049 171-3920055", mobile},
		{"DE", "030", "015228817386", want{"+4915228817386", "0152 28817386", call.Mobile, "", "DE"}},
		{"DE", "030", "02129234567", want{"+492129234567", "02129 234567", call.Fixed, "Haan Rheinland", "DE"}},
		{"DE", "030", "02128234567", want{"+492128234567", "0212 8234567", call.Fixed, "Solingen", "DE"}},
		{"DE", "030", "033051234567", want{"+4933051234567", "033051 234567", call.Fixed, "Nassenheide", "DE"}},
		{"DE", "030", "0465123456", want{"+49465123456", "04651 23456", call.Fixed, "Sylt", "DE"}},

		// A number without prefix is local, whatever it looks like.
		{"DE", "030", "23125000", want{"+493023125000", "030 23125000", call.Fixed, "Berlin", "DE"}},
		{"DE", "033051", "4923456", want{"+49330514923456", "033051 4923456", call.Fixed, "Nassenheide", "DE"}},
		{"DE", "030", "493023125000", want{"", "493023125000", call.Invalid, "", "DE"}},
		{"DE", "", "23125123", want{"", "23125123", call.NumberUnknown, "", ""}},
		{"DE", "", "493023125000", want{"", "493023125000", call.NumberUnknown, "", ""}},
		{"DE", "030", "62", want{"", "62", call.NumberUnknown, "", ""}},
		{"DE", "033051", "2345", want{"+49330512345", "033051 2345", call.Fixed, "Nassenheide", "DE"}},
		{"DE", "030", "11912345", want{"", "11912345", call.NumberUnknown, "", ""}},

		// Nobody's number.
		{"DE", "030", "", nothing},
		{"DE", "030", " ", nothing},
		{"DE", "030", "0", nothing},
		{"DE", "030", "Anonymous", nothing},
		{"DE", "030", "UNKNOWN", nothing},
		{"DE", "030", "unbekannt", nothing},
		{"DE", "030", "anonymous1", text("anonymous1")},
		{"DE", "030", "unknown caller", text("unknown caller")},

		// Inside the house, and public services.
		{"DE", "030", "**610", want{"", "**610", call.Internal, "", ""}},
		{"DE", "030", "*121#", want{"", "*121#", call.Internal, "", ""}},
		{"DE", "030", "#96*5*", want{"", "#96*5*", call.Internal, "", ""}},
		{"DE", "030", "112", want{"", "112", call.Short, "", "DE"}},
		{"DE", "030", "116117", want{"", "116117", call.Short, "", "DE"}},
		{"DE", "030", "11833", want{"", "11833", call.Short, "", "DE"}},
		{"DE", "030", "0112", want{"", "0112", call.Short, "", "DE"}},
		{"DE", "030", "08002345678", want{"+498002345678", "0800 2345678", call.Service, "", "DE"}},
		{"DE", "030", "01803234567", want{"+491803234567", "01803 234567", call.Service, "", "DE"}},
		{"DE", "030", "09003234567", want{"+499003234567", "0900 3234567", call.Premium, "", "DE"}},
		{"DE", "030", "01377234567", want{"+491377234567", "01377 234567", call.Premium, "", "DE"}},

		// Abroad.
		{"DE", "030", "+447700900123", want{"+447700900123", "+44 7700900123", call.Foreign, "", "GB"}},
		{"DE", "030", "00447700900123", want{"+447700900123", "+44 7700900123", call.Foreign, "", "GB"}},
		{"DE", "030", "+44 (0)20 79460456", want{"+442079460456", "+44 2079460456", call.Foreign, "", "GB"}},
		{"DE", "030", "+39 (0)6 2345678", want{"+39062345678", "+39 062345678", call.Foreign, "", "IT"}},
		{"DE", "030", "+12125550199", want{"+12125550199", "+1 2125550199", call.Foreign, "", "US"}},
		{"DE", "030", "0074952345678", want{"+74952345678", "+7 4952345678", call.Foreign, "", "RU"}},
		{"DE", "030", "0043512234567", want{"+43512234567", "+43 512 234567", call.Foreign, "Innsbruck", "AT"}},
		{"DE", "030", "0088213123456", want{"+88213123456", "+882 13123456", call.Foreign, "", ""}},

		// What no plan has.
		{"DE", "030", "02042234567", want{"+492042234567", "02042234567", call.Invalid, "", "DE"}},
		{"DE", "030", "03305223456", want{"+493305223456", "03305223456", call.Invalid, "", "DE"}},
		{"DE", "030", "04002345678", want{"+494002345678", "040 02345678", call.Invalid, "", "DE"}},
		{"DE", "030", "0154023456789", want{"+49154023456789", "0154023456789", call.Invalid, "", "DE"}},
		{"DE", "030", "0103012345678", want{"", "0103012345678", call.Invalid, "", "DE"}},
		{"DE", "030", "0221", want{"", "0221", call.Invalid, "", "DE"}},
		{"DE", "030", "02041234567890123", want{"", "02041234567890123", call.Invalid, "", "DE"}},
		{"DE", "030", "0171234567890", want{"+49171234567890", "0171 234567890", call.NumberUnknown, "", "DE"}},
		{"DE", "030", "+2102345678", want{"+2102345678", "+2102345678", call.Invalid, "", ""}},
		{"DE", "030", "+0302345678", text("+0302345678")},
		{"DE", "030", "03023125(123", want{"+493023125123", "030 23125123", call.Fixed, "Berlin", "DE"}},
		{"DE", "030", "0302312#5123", text("0302312#5123")},
		{"DE", "030", "0302312\xff5123", text("0302312\ufffd5123")},
		{"DE", "030", "０３０２３１２５１２３", text(strings.Repeat("\ufffd", 11))},
		{"DE", "030", "+", text("+")},
		{"DE", "030", strings.Repeat("1", 80), text(strings.Repeat("1", 64))},
		// Cutting it off must not make it another number.
		{"DE", "030", "030 2312" + strings.Repeat(" ", 60) + "5123", text("030 2312")},

		// Austria and Switzerland.
		{"AT", "01", "23456789", want{"+43123456789", "01 23456789", call.Fixed, "Wien", "AT"}},
		{"AT", "01", "0463234567", want{"+43463234567", "0463 234567", call.Fixed, "Klagenfurt", "AT"}},
		{"AT", "01", "06642345678", want{"+436642345678", "0664 2345678", call.Mobile, "", "AT"}},
		{"AT", "01", "144", want{"", "144", call.Short, "", "AT"}},
		{"AT", "01", "0720234567", want{"+43720234567", "0720 234567", call.Service, "", "AT"}},
		{"AT", "01", "0930234567", want{"+43930234567", "0930 234567", call.Premium, "", "AT"}},
		{"CH", "044", "0442345678", want{"+41442345678", "044 2345678", call.Fixed, "Zürich", "CH"}},
		{"CH", "044", "2345678", want{"+41442345678", "044 2345678", call.Fixed, "Zürich", "CH"}},
		{"CH", "044", "234567", want{"", "234567", call.NumberUnknown, "", ""}},
		{"CH", "044", "044234567", want{"+4144234567", "044 234567", call.Invalid, "", "CH"}},
		{"CH", "", "0792345678", want{"+41792345678", "079 2345678", call.Mobile, "", "CH"}},
		{"CH", "", "0800234567", want{"+41800234567", "0800 234567", call.Service, "", "CH"}},
		{"CH", "", "0900234567", want{"+41900234567", "0900 234567", call.Premium, "", "CH"}},

		// Any other country: completed, not judged.
		{"NL", "020", "0202345678", want{"+31202345678", "0202345678", call.NumberUnknown, "", "NL"}},
		{"NL", "020", "2345678", want{"+31202345678", "0202345678", call.NumberUnknown, "", "NL"}},
		{"NL", "", "03023125123", want{"+313023125123", "03023125123", call.NumberUnknown, "", "NL"}},
		{"LU", "", "23456789", want{"+35223456789", "23456789", call.NumberUnknown, "", "LU"}},
		{"IT", "", "062345678", want{"+39062345678", "062345678", call.NumberUnknown, "", "IT"}},
		{"IT", "", "+493023125123", want{"+493023125123", "+49 30 23125123", call.Foreign, "Berlin", "DE"}},
	}
	for _, tt := range tests {
		n := plan(t, tt.country, tt.area).Number(tt.raw)
		got := want{n.E164, n.National, n.Kind, n.Place, n.Country}
		if got != tt.want {
			t.Errorf("%s %s Number(%q) =\n%+v, want\n%+v", tt.country, tt.area, tt.raw, got, tt.want)
		}
	}
}

func TestNumberOfZeroPlan(t *testing.T) {
	for _, p := range []call.Plan{{Area: "30"}, {Area: "030", Country: "DE"}} {
		if got := p.Number("23125123").E164; got != "+493023125123" {
			t.Errorf("%+v: %q", p, got)
		}
	}
	p := call.Plan{Country: "NL", Area: "020"}
	if got := p.Number("2345678").E164; got != "+31202345678" {
		t.Errorf("NL: %q", got)
	}
}

func TestNewPlan(t *testing.T) {
	p := plan(t, "+49", " (030) ", "23125732=Practice", "04066969001", "+491713920055 = Büro ")
	if p.Country != "DE" || p.Area != "30" {
		t.Errorf("plan is %q %q", p.Country, p.Area)
	}
	got := make([][2]string, 0, 3)
	for _, m := range p.MSNs {
		got = append(got, [2]string{m.Number.E164, m.Name})
	}
	want := [][2]string{{"+493023125732", "Practice"}, {"+494066969001", ""}, {"+491713920055", "Büro"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, country := range []string{"", "de", "DE", "49", "+49", "0049", " de "} {
		if p := plan(t, country, "0049 30"); p.Country != "DE" || p.Area != "30" {
			t.Errorf("%q: plan is %q %q", country, p.Country, p.Area)
		}
	}
	if p := plan(t, "1", ""); p.Country != "US" {
		t.Errorf("country of 1 is %q", p.Country)
	}
	if p := plan(t, "ca", ""); p.Country != "CA" {
		t.Errorf("country of ca is %q", p.Country)
	}
	// Nothing is derived silently: without an area a local number stays local.
	if n := plan(t, "DE", "", "+493023125732").Number("23125000"); n.E164 != "" {
		t.Errorf("completed without an area code: %v", n.E164)
	}
}

func TestNewPlanErrors(t *testing.T) {
	many := make([]string, 33)
	for i := range many {
		many[i] = "030231250" + string(rune('0'+i/10)) + string(rune('0'+i%10))
	}
	tests := []struct {
		country, area string
		own           []string
		want          string
	}{
		{"Germany", "", nil, `read country "Germany": neither`},
		{"XX", "", nil, `read country "XX"`},
		{"+210", "", nil, `read country "+210"`},
		{"+493", "", nil, `read country "+493"`},
		{"800", "", nil, `read country "800"`},
		{"DE", "Berlin", nil, `read area code "Berlin": digits`},
		{"DE", "0302", nil, `read area code "0302": no area code of DE`},
		{"DE", "0171", nil, `read area code "0171": no area code of DE`},
		{"DE", "+43 1", nil, "another country than DE"},
		{"AT", "02000", nil, "no area code of AT"},
		{"CH", "020", nil, "no area code of CH"},
		{"NL", "1234567", nil, "one to six digits"},
		{"DE", "030", []string{"23125732", " =Practice"}, "read own number 2 (): no number"},
		{"DE", "030", []string{"**610"}, "read own number 1 (**610): it is internal"},
		{"DE", "030", []string{"112"}, "it is short"},
		{"DE", "030", []string{"Practice=23125732"}, "read own number 1 (Practice): it is no telephone number of DE"},
		{"DE", "030", []string{"23125732", "+49 30 23125732=x"}, "read own number 2 (+49 30 23125xxx): it is number 1 again"},
		{"DE", "", []string{"23125732", "03023125732"}, "read own number 2 (03023125xxx): it is number 1 again"},
		{"DE", "030", []string{"23125732=" + strings.Repeat("x", 65)}, "its name is too long"},
		{"DE", "030", many, "33 of them, 32 are allowed"},
	}
	for _, tt := range tests {
		_, err := call.NewPlan(tt.country, tt.area, tt.own)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewPlan(%q, %q, %q): error %v, want %q", tt.country, tt.area, tt.own, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "23125732") {
			t.Errorf("error shows a number: %v", err)
		}
	}
}

// besides finds a file in a folder beside the checkout.
func besides(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		file := filepath.Join(dir, name)
		if _, err = os.Stat(file); err == nil {
			return file, nil
		}
		if dir == filepath.Dir(dir) {
			return "", err
		}
		dir = filepath.Dir(dir)
	}
}
