package screening

import (
	"testing"
	"unicode/utf8"
)

// FuzzTellowsAnswer: whatever comes as an answer of tellows, it is read without a panic, and
// what is read keeps within the scale.
func FuzzTellowsAnswer(f *testing.F) {
	for _, s := range []string{tellowsJSONBad, tellowsXMLBad, tellowsUnknown, "Partner Data not correct", "<tellows><score>", `{"tellows":[{}]}`, "\xff<tellows>"} {
		f.Add([]byte(s), "text/html")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		var a tellowsAnswer
		a.read(body, contentType)
		if a.err != nil && len(a.steps) == 0 {
			t.Fatal("an error without a step")
		}
		if a.err == nil && (a.rating.score < 1 || a.rating.score > 9 || a.rating.count < 0 || a.rating.count > 1_000_000) {
			t.Fatalf("%+v", a.rating)
		}
		if !utf8.ValidString(a.name) || !utf8.ValidString(a.rating.label) || len(a.rating.label) > 250 {
			t.Fatalf("%q, %q", a.name, a.rating.label)
		}
	})
}
