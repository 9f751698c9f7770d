package selector_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/callporter/callporter/screening/selector"
)

const page = `<!doctype html><html><head><meta charset="utf-8"><title>030 23125 - (Negativ: 3)</title>
<style>p { color: red }</style></head><body><script>var n = 5;</script>
<div class="rating"><span title="schlecht">1,9&nbsp; von 5</span> <span>12 Bewertungen</span></div>
<!-- kein Text --><ul id="list"><li class="a">eins</li><li class="b">zwei<br>drei</li><li></li></ul>
<a href="x@y">Grüße</a></body></html>`

const object = `{"tellows":{"score":"7","comments":3,"big":123456789012345,"yes":true,"no":false,"none":null,"list":[{"n":"a"},{"n":"b"}]}}`

func document(t *testing.T, body string) *selector.Document {
	t.Helper()
	d, err := selector.NewDocument([]byte(body), "text/html", "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTexts(t *testing.T) {
	for _, test := range []struct {
		selector string
		body     string
		want     []string
	}{
		{"css:div.rating > span", page, []string{"1,9 von 5", "12 Bewertungen"}},
		{"css:div.rating span@title", page, []string{"schlecht"}},
		{`css:a[href="x@y"]`, page, []string{"Grüße"}},
		{`css:a[href="x@y"]@HREF`, page, []string{"x@y"}},
		{"css:li", page, []string{"eins", "zwei drei", ""}},
		{"css:li@class", page, []string{"a", "b"}},
		{"css:li.a, title", page, []string{"030 23125 - (Negativ: 3)", "eins"}},
		{"css:p.none", page, nil},
		{"css:script", page, []string{"var n = 5;"}},
		{"css:body >> regex:n = ", page, nil},
		{"css:#list >> regex:(ei)ns|(zw)ei", page, []string{"ei", "zw"}},
		{`css:title >> regex:\((\w+):`, page, []string{"Negativ"}},
		{`css:title >> regex:\(.*\) >> regex:\d+`, page, []string{"3"}},
		{"css:p || css:li.a", page, []string{"eins"}},
		{"css:li.b || css:li.a", page, []string{"zwei drei"}},
		{"json:$.score || css:li.a", page, []string{"eins"}},
		{"css:p || css:ol", page, nil},
		{"css:ol >> regex:. || css:title >> regex:\\d+", page, []string{"030", "23125", "3"}},
		{`regex:5(?:x || y)?`, page, []string{"5", "5", "5"}},
		{"css:div.rating >> regex:9 von", page, []string{"9 von"}},
		{"xpath://div/span[2]", page, []string{"12 Bewertungen"}},
		{"xpath://div/span/@title", page, []string{"schlecht"}},
		{"xpath:count(//li)", page, []string{"3"}},
		{"xpath:string(//li[2])", page, []string{"zweidrei"}},
		{"xpath:string(//p)", page, nil},
		{"xpath:number(//p)", page, nil},
		{"xpath://comment()", page, []string{"kein Text"}},
		{"xpath:boolean(//ul)", page, []string{"true"}},
		{"xpath:boolean(//ol)", page, nil},
		{`regex:color: (\w+)`, page, []string{"red"}},
		{`regex:\d+ Bewertungen`, page, []string{"12 Bewertungen"}},
		{`regex:(x)?nothing`, page, nil},
		{"json:$.tellows.score", object, []string{"7"}},
		{"json:$.tellows['comments','big']", object, []string{"3", "123456789012345"}},
		{"json:$.tellows.list[*].n", object, []string{"a", "b"}},
		{"json:$..n", object, []string{"a", "b"}},
		{"json:$.tellows.list[0]", object, []string{`{"n":"a"}`}},
		{"json:$.tellows['yes','no','none','absent']", object, []string{"true"}},
		{"json:$.tellows.score", "Warning {partner} [1\n" + object + " trailing }", []string{"7"}},
		{`json:$.n >> regex:a >> b`, `{"n":"a >> b"}`, []string{"a >> b"}},
		{"css:div", "", nil},
		{"css:title", object, nil},
	} {
		s, err := selector.Parse(test.selector)
		if err != nil {
			t.Errorf("%s: %v", test.selector, err)
			continue
		}
		if got, err := s.Texts(document(t, test.body)); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s gives %q, %v; want %q", test.selector, got, err, test.want)
		}
	}
}

// A selector that is wrong is an error when it is parsed, never one that matches nothing.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "begins with css:",
		"div.rating":                          "begins with css:",
		"css:":                                "begins with css:",
		"html:div":                            `not with "html"`,
		"css:div[":                            "no CSS selector",
		"css:div..x":                          "no CSS selector",
		"css:div:nonesuch(1)":                 "no CSS selector",
		"css:div@":                            "no CSS selector",
		"css:@title":                          "no CSS selector",
		"xpath://div[":                        "no XPath",
		"xpath://div[@class=x'":               "no XPath",
		"xpath:nonesuch(//div)":               "no XPath",
		"xpath:starts-with('a', 1)":           "no XPath",
		"xpath:replace('a','(','b')":          "no XPath",
		"xpath://li[matches(., 1)]":           "no XPath",
		"regex:(":                             "no regular expression",
		"regex:(?=x)":                         "no regular expression",
		"css:div >> regex:(":                  "no regular expression",
		"json:tellows.score":                  "no JSON path",
		"json:$.tellows[":                     "no JSON path",
		"json:$..a..b":                        "once at most",
		"json:$" + strings.Repeat(".abc", 80): "256 bytes",
		"css:" + strings.Repeat("d", 2000):    "1024 bytes",
		"css:\xff":                            "UTF-8",
		"css:a" + strings.Repeat(" >> regex:x", 4): "4 steps",
		"css:a" + strings.Repeat(" || css:x", 4):   "4 alternatives",
		"css:a || css:":                            "begins with css:",
		"css:a >> css:b":                           "no CSS selector",
	} {
		if _, err := selector.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func TestZeroSelector(t *testing.T) {
	var s selector.Selector
	if texts, err := s.Texts(document(t, page)); !s.IsZero() || texts != nil || err != nil {
		t.Errorf("the zero selector gives %q, %v", texts, err)
	}
	if s, err := selector.Parse("css:a"); err != nil || s.IsZero() || s.String() != "css:a" {
		t.Errorf("css:a: %v, %v", s, err)
	}
}

// Functions of the XPath library panic at arguments of another type than they expect; those
// of a predicate only where a node is looked at.
func TestPanicIsAnError(t *testing.T) {
	s, err := selector.Parse("xpath://li[starts-with(., 2)]")
	if err != nil {
		t.Fatal(err)
	}
	if texts, err := s.Texts(document(t, page)); err == nil || !strings.Contains(err.Error(), "starts-with") {
		t.Errorf("a text that begins with a number: %q, %v", texts, err)
	}
}

// One compiled selector serves all calls.
func TestConcurrent(t *testing.T) {
	for _, text := range []string{"css:li", "xpath:count(//li) > 1 and //ul", "xpath://li", "json:$..n", "regex:li"} {
		s, err := selector.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				d, err := selector.NewDocument([]byte(page+object), "", "")
				if err != nil {
					t.Error(err)
					return
				}
				for range 20 {
					if texts, err := s.Texts(d); err != nil || len(texts) == 0 {
						t.Errorf("%s gives %q, %v", text, texts, err)
					}
				}
			})
		}
		all.Wait()
	}
}
