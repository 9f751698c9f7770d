package spelling

import (
	"testing"

	"github.com/callporter/callporter/call"
)

var plan, _ = call.NewPlan("DE", "030", nil)

func number(national string) call.Number { return plan.Number(national) }

func TestFinder(t *testing.T) {
	f, ok := NewFinder(number("03023125123"))
	if !ok || f.digits != "3023125123" || f.code != "49" {
		t.Fatalf("%+v", f)
	}
	for text, want := range map[string]bool{
		"+493023125123": true, "03023125123": true, "00493023125123": true, "493023125123": true, "030 231 25 123": true,
		"+49 (0)30 / 23125-123": true, `{"n":"030\/23125123"}`: true, "call 030.231.25.123.": true, "3023125123": true,
		"030231251234": false, "123023125123": false, "0302312512": false, "03023125124": false, "": false,
		"030  -  23125123": false, "01013 03023125123": true, "tel:+49-30-23125123;x": true,
		"069 90009123 03023125123": true, "3023125124 3023125123": true, "30302312512": false, "030 23125123": true,
	} {
		if f.In(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if got := f.Mask("from 030 23125123 or +493023125123, not 030231251234"); got != "from 030 23125xxx or +493023125xxx, not 030231251234" {
		t.Errorf("masked: %s", got)
	}
	short, ok := NewFinder(number("110"))
	if !ok || !short.In("the 110 rang") || short.In("0301105") || short.In("1 1 0") {
		t.Errorf("110: %+v", short)
	}
}
