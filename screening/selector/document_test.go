package selector_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/screening/selector"
)

func parse(t *testing.T, text string) selector.Selector {
	t.Helper()
	s, err := selector.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEncodings(t *testing.T) {
	const want = "Grüße aus Köln"
	latin := strings.NewReplacer("ü", "\xfc", "ß", "\xdf", "ö", "\xf6").Replace(want)
	for name, test := range map[string]struct{ body, contentType, encoding string }{
		"utf-8 by header":              {"<p>" + want, "text/html; charset=utf-8", ""},
		"latin by header":              {"<p>" + latin, "text/html; charset=iso-8859-1", ""},
		"latin by meta":                {`<meta charset="iso-8859-1"><p>` + latin, "text/html", ""},
		"latin by http-equiv":          {`<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><p>` + latin, "", ""},
		"latin by guess":               {"<p>" + latin, "", ""},
		"utf-8 by guess":               {"<p>" + want, "", ""},
		"utf-8 by guess, far below":    {"<p>" + strings.Repeat(" ", 4000) + want, "", ""},
		"latin given":                  {"<p>" + latin, "text/html; charset=utf-8", "iso-8859-1"},
		"utf-8 given, header is wrong": {"<p>" + want, "text/html; charset=iso-8859-1", "utf-8"},
		"utf-8 with mark":              {"\ufeff<p>" + want, "text/html; charset=iso-8859-1", ""},
	} {
		d, err := selector.NewDocument([]byte(test.body), test.contentType, test.encoding)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := parse(t, "css:p").Texts(d); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := selector.NewDocument(nil, "", "klingon"); err == nil {
		t.Error("an unknown encoding is no error")
	}
}

// What a stranger sends is bounded.
func TestBounds(t *testing.T) {
	if _, err := selector.NewDocument(make([]byte, 512<<10+1), "", ""); err == nil {
		t.Error("a document above the limit is no error")
	}
	for body, want := range map[string]string{
		strings.Repeat("<b>", 600):                        "css:b",
		strings.Repeat("<p>", 60_000):                     "css:p",
		strings.Repeat("[", 65) + strings.Repeat("]", 65): "json:$[0]",
		"no object at all":                                "json:$",
		strings.Repeat("{", 100):                          "json:$",
		`{"a":`:                                           "json:$",
	} {
		if texts, err := parse(t, want).Texts(document(t, body)); err == nil {
			t.Errorf("%.20q: %s gives %d texts and no error", body, want, len(texts))
		}
	}
	many := document(t, strings.Repeat("<p>a</p>", 100)+"<div>"+strings.Repeat("ä", 4000)+"</div>")
	for _, text := range []string{"css:p", "xpath://p", "regex:<p>", "css:p >> regex:a"} {
		if texts, err := parse(t, text).Texts(many); err != nil || len(texts) != 64 {
			t.Errorf("%s gives %d texts, %v; want 64", text, len(texts), err)
		}
	}
	texts, err := parse(t, "css:div").Texts(many)
	if err != nil || len(texts) != 1 || len(texts[0]) != 4096 || strings.ContainsRune(texts[0], '\uFFFD') {
		t.Errorf("a long text: %d texts, %v", len(texts), err)
	}
	if d := document(t, `["`+strings.Repeat("[", 100)+`"]`); true {
		if texts, err := parse(t, "json:$[0]").Texts(d); err != nil || len(texts) != 1 {
			t.Errorf("brackets in a string: %q, %v", texts, err)
		}
	}
}
