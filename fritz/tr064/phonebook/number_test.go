package phonebook_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/tr064/phonebook"
)

func TestSameNumber(t *testing.T) {
	p := plan(t)
	for _, pair := range [][2]string{{"030 23125-456", "+493023125456"}, {"23125456", "03023125456"}, {"030231*", "+49 30 231*"}, {"**610", "**610"}, {"a@b", "a@b"},
		{"*31#01713920055", "+49 171 3920055"}, {"*121#06990009040", "069 90009040#"}, {"sip:a.b@c-d.de", "A.b@C-d.de"}} {
		if !phonebook.SameNumber(p, pair[0], pair[1]) {
			t.Error(pair)
		}
	}
	for _, pair := range [][2]string{{"030231*", "030231"}, {"**610", "**611"}, {"03023125456", "03023125457"}, {"a@b", "c@b"}, {"sip:a.b@c", "sip:ab@c"}, {"", "0"}} {
		if phonebook.SameNumber(p, pair[0], pair[1]) {
			t.Error(pair)
		}
	}
}
