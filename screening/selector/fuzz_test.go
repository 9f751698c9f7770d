package selector_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/screening/selector"
)

// FuzzTexts: no selector and no document panics or yields more than is promised, and what
// was parsed once is parsed again from its String.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"css:li@class", "css:li:nth-child(2)", "xpath://li/@class", "xpath:count(//li)", "xpath:sum(//li)",
		"regex:(a)|(b)", "json:$..n", "json:$.tellows.list[?@.n=='a']", "css:title >> regex:\\d"} {
		f.Add(s, []byte(page), "text/html", "")
		f.Add(s, []byte(object), "text/html; charset=iso-8859-1", "utf-16")
	}
	f.Fuzz(func(t *testing.T, text string, body []byte, contentType, encoding string) {
		if len(text) > 200 || len(body) > 4096 {
			return
		}
		s, err := selector.Parse(text)
		if err != nil {
			return
		}
		if again, err := selector.Parse(s.String()); err != nil || again.String() != text {
			t.Fatalf("%q is not the same again: %v", text, err)
		}
		d, err := selector.NewDocument(body, contentType, encoding)
		if err != nil {
			return
		}
		texts, err := s.Texts(d)
		if err != nil && texts != nil {
			t.Fatal("texts and an error")
		}
		if len(texts) > 64 {
			t.Fatalf("%d texts", len(texts))
		}
		for _, found := range texts {
			if len(found) > 4096 || !utf8.ValidString(found) || strings.TrimSpace(found) != found {
				t.Fatalf("%q gives %q", text, found)
			}
		}
	})
}
