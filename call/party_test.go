package call_test

import (
	"testing"

	"github.com/callporter/callporter/call"
)

func TestCaller(t *testing.T) {
	tests := []struct{ raw, number, network string }{
		{"03023125123", "+493023125123", ""},
		{"", "", ""},
		{"0800234567(03023125900)", "+49800234567", "+493023125900"},
		{"0800234567 (03023125900)", "+49800234567", "+493023125900"},
		{" 0800234567 ( 030 23125900 )#", "+49800234567", "+493023125900"},
		{"23125123(00493023125900)", "+493023125123", "+493023125900"},
		{"110(03023125900)", "", "+493023125900"},
		{"Anonymous (03023125900)", "", "+493023125900"},
		{"03023125123(anonymous)", "+493023125123", ""},
		{"03023125123(0)", "+493023125123", ""},
		// Both the same is no news.
		{"03023125123 (+493023125123)", "+493023125123", ""},
		// Brackets of an area code make no pair.
		{"+49(0)3023125123", "+493023125123", ""},
		{"(030) 23125123", "+493023125123", ""},
		{"+49 (30) 23125123", "+493023125123", ""},
		{"(03023125123)", "+493023125123", ""},
		{"03023125123)", "+493023125123", ""},
		{"03023125123()", "+493023125123", ""},
	}
	p := plan(t, "DE", "030")
	for _, tt := range tests {
		c := p.Caller(tt.raw)
		if c.Number.E164 != tt.number || c.Network.E164 != tt.network {
			t.Errorf("Caller(%q) = %q %q, want %q %q", tt.raw, c.Number.E164, c.Network.E164, tt.number, tt.network)
		}
		if tt.network == "" && c.Network != (call.Number{}) {
			t.Errorf("Caller(%q).Network = %#v, want zero", tt.raw, c.Network)
		}
	}
}

func TestCallerAt(t *testing.T) {
	tests := []struct{ area, own, raw, want string }{
		{"030", "23125732", "23125123", "+493023125123"},
		{"030", "+494066969001", "66969002", "+494066969002"},
		{"", "+494066969001", "66969002", "+494066969002"},
		{"030", "+491713920055", "23125123", "+493023125123"}, // a mobile is in no area
		{"030", "+43123456789", "23125123", ""},               // nor is a foreign number in ours
		{"030", "+494066969001", "03023125123", "+493023125123"},
		{"", "23125732", "23125123", ""},
	}
	for _, tt := range tests {
		p := plan(t, "DE", tt.area)
		if got := p.CallerAt(tt.raw, p.Number(tt.own)).Number.E164; got != tt.want {
			t.Errorf("area %q: CallerAt(%q, %q) = %q, want %q", tt.area, tt.raw, tt.own, got, tt.want)
		}
	}
}

func TestDialled(t *testing.T) {
	tests := []struct {
		country, area, raw, e164 string
		kind                     call.NumberKind
	}{
		{"DE", "030", "03023125222#", "+493023125222", call.Fixed},
		{"DE", "030", "23125222", "+493023125222", call.Fixed},
		{"DE", "030", "00493023125321#", "+493023125321", call.Fixed},
		{"DE", "030", "03023125222#12", "+493023125222", call.Fixed},
		{"DE", "030", "0103303023125456", "+493023125456", call.Fixed},
		{"DE", "030", "01001203023125456", "+493023125456", call.Fixed},
		{"DE", "030", "010330043512234567", "+43512234567", call.Foreign},
		{"DE", "030", "01033", "", call.Invalid},
		{"DE", "030", "0100", "", call.Invalid},
		{"DE", "030", "*121#03023125222", "+493023125222", call.Fixed},
		{"DE", "030", "*121#03023125222#", "+493023125222", call.Fixed},
		{"DE", "030", "*31#*121#23125222", "+493023125222", call.Fixed},
		{"DE", "030", "*121#0103303023125456", "+493023125456", call.Fixed},
		{"DE", "030", "*121#", "", call.Internal},
		{"DE", "030", "*121##", "", call.Internal},
		{"DE", "030", "*121#**610", "", call.Internal},
		{"DE", "030", "**610", "", call.Internal},
		{"DE", "030", "#96*5*", "", call.Internal},
		{"DE", "030", "*31#01713920055", "+491713920055", call.Mobile},
		{"DE", "030", "#31#01713920055", "+491713920055", call.Mobile},
		{"DE", "030", "#31#0171 39200-55#", "+491713920055", call.Mobile},
		{"DE", "030", "#31#", "", call.Internal},
		{"DE", "030", "tel:+49-69-90009043", "+496990009043", call.Fixed},
		{"DE", "030", "TEL:23125222;phone-context=+4930", "+493023125222", call.Fixed},
		{"DE", "030", "069 90009042,,123", "+496990009042", call.Fixed},
		{"DE", "030", "(069) 90009042,,123", "+496990009042", call.Fixed},
		{"DE", "030", "(+49) 69 9000 9042 x12", "+496990009042", call.Fixed},
		{"DE", "030", "+49 69 90009042 p 12", "+496990009042", call.Fixed},
		{"DE", "030", "010330 6990009041", "+496990009041", call.Fixed},
		{"DE", "030", "010 33 (069) 9000 9041", "+496990009041", call.Fixed},
		{"DE", "030", "+49 (0) 30 / 23125-321", "+493023125321", call.Fixed},
		{"DE", "030", "0049 (0)30-23125.321", "+493023125321", call.Fixed},
		{"DE", "030", "(030) 23125-321", "+493023125321", call.Fixed},
		{"DE", "030", "200@hd-telefonie.avm.de", "", call.Invalid},
		{"DE", "030", "112", "", call.Short},
		{"DE", "030", "", "", call.Withheld},
		{"AT", "01", "10330512234567", "+43512234567", call.Fixed},
		{"AT", "01", "1033", "", call.Short},
		{"CH", "044", "107230442345678", "+41442345678", call.Fixed},
		{"CH", "044", "10823004930 23125123", "+493023125123", call.Foreign},
	}
	for _, tt := range tests {
		n := plan(t, tt.country, tt.area).Dialled(tt.raw)
		if n.E164 != tt.e164 || n.Kind != tt.kind || n.Raw != tt.raw {
			t.Errorf("%s Dialled(%q) = %q %s raw %q, want %q %s",
				tt.country, tt.raw, n.E164, n.Kind, n.Raw, tt.e164, tt.kind)
		}
	}
}

func TestOwn(t *testing.T) {
	type want struct{ msn, name string }
	practice := want{"493023125732", "Practice"}
	tests := []struct {
		area string
		own  []string
		raws []string
		want want
	}{
		{"030", []string{"23125732=Practice"},
			[]string{"23125732", "03023125732", "+493023125732", "00493023125732", "493023125732", "030 23125732", "03023125732#"}, practice},
		{"", []string{"+493023125732=Practice", "+494066969001"},
			[]string{"23125732", "03023125732", "+49 30 23125732", "25732"}, practice},
		{"030", []string{"23125732=Practice", "+494066969001=Shop"}, []string{"66969001", "04066969001"}, want{"494066969001", "Shop"}},
		// Some providers signal the area code without its 0.
		{"030", []string{"23125732=Practice", "+494066969001=Shop"}, []string{"3023125732"}, practice},
		{"030", []string{"23125732=Practice", "+494066969001=Shop"}, []string{"4066969001"}, want{"494066969001", "Shop"}},
		{"030", []string{"23125732=Practice", "+49303023125732=Long"}, []string{"3023125732"}, want{"49303023125732", "Long"}},
		// In an area of its own the bare number is that area's.
		{"030", []string{"+494023125732=Shop", "23125732=Practice"}, []string{"23125732"}, practice},
		// Without area code in the plan, the MSN keeps its short name for all spellings.
		{"", []string{"23125732=Practice"}, []string{"23125732", "03023125732", "+493023125732", "004940 23125732"}, want{"23125732", "Practice"}},
		// Two numbers could be meant: neither is.
		{"", []string{"+493023125732=Practice", "+494023125732=Shop"}, []string{"23125732"}, want{"23125732", ""}},
		// A short MSN is itself and nothing else.
		{"", []string{"1=Door", "5230=Fax"}, []string{"1"}, want{"1", "Door"}},
		{"", []string{"1=Door", "5230=Fax"}, []string{"5230"}, want{"5230", "Fax"}},
		{"", []string{"1=Door", "5230=Fax"}, []string{"03023125001"}, want{"493023125001", ""}},
		{"", []string{"1=Door", "5230=Fax"}, []string{"03023125230"}, want{"493023125230", ""}},
		// Numbers of no list.
		{"030", nil, []string{"23125732", "03023125732"}, want{"493023125732", ""}},
		{"033051", []string{"234567=Practice"}, []string{"34567"}, want{"493305134567", ""}},
		{"030", []string{"23125732=Practice"}, []string{""}, want{"", ""}},
		{"030", []string{"23125732=Practice"}, []string{"**51"}, want{"51", ""}},
	}
	for _, tt := range tests {
		p := plan(t, "DE", tt.area, tt.own...)
		for _, raw := range tt.raws {
			party, msn := p.Own(raw)
			if got := (want{msn, party.Name}); got != tt.want {
				t.Errorf("area %q own %q: Own(%q) = %+v, want %+v", tt.area, tt.own, raw, got, tt.want)
			}
			if party.Number.Raw != raw {
				t.Errorf("Own(%q) keeps %q as Raw", raw, party.Number.Raw)
			}
		}
	}
	// A Plan that NewPlan did not make knows its numbers too.
	p := call.Plan{Area: "030", MSNs: plan(t, "DE", "030", "23125732=Practice").MSNs}
	if party, msn := p.Own("03023125732"); party.Name != "Practice" || msn != practice.msn {
		t.Errorf("literal plan: %q %q", party.Name, msn)
	}
}
