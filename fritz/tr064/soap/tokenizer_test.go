package soap

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// TestOddXML: what XML does not allow costs itself alone.
func TestOddXML(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"control character":         {"<a>Zahn&#11;arzt&#0;&#x1F;&#xD800;&#xFFFE;&#99999999999999999999;</a>", "<a>Zahnarzt&amp;#99999999999999999999;</a>"},
		"control byte":              {"<a>x\x00y\x0bz\x7f</a>", "<a>x y z</a>"},
		"no UTF-8":                  {"<a b=\"M\xfcll\">M\xfcller \xc3\xa9 \xe2\x82</a>", `<a b="Müll">Müller é â` + "\u0082</a>"},
		"bare <":                    {"<a>A < B <3 <<b <>c</a>", "<a>A &lt; B &lt;3 &lt;&lt;b &lt;&gt;c</a>"},
		"< before a word":           {"<a>A <B</a>", "<a>A &lt;B</a>"},
		"< of two words":            {"<a>Praxis <Mitte Nord> 5\"</a>", "<a>Praxis &lt;Mitte Nord&gt; 5&#34;</a>"},
		"< of one word":             {"<a><b>Praxis <Mitte></b><c>d</c></a>", "<a><b>Praxis<Mitte /></b><c>d</c></a>"},
		"bare &":                    {"<a>Otto & Söhne &unknown; &; & &Uuml;&amp;&#252;&#xfc;</a>", "<a>Otto &amp; Söhne &amp;unknown; &amp;; &amp; Ü&amp;üü</a>"},
		"]]>":                       {"<a>x ]]> y</a>", "<a>x ]]&gt; y</a>"},
		"CDATA":                     {"<a>1<![CDATA[<b>&amp;]] ]]]>2</a>", "<a>1&lt;b&gt;&amp;amp;]] ]2</a>"},
		"no name":                   {`<a><@attributes x:y="z"><item><key>k</key></item></@attributes><b>c</b></a>`, "<a><b>c</b></a>"},
		"no name, within":           {`<a><@x><@y>1</@y></@x><0>2</0><@z/><b>c</b></a>`, "<a><b>c</b></a>"},
		"no name, without an end":   {`<a><b><@x>1</b><c>d</c></a>`, "<a><b /><c>d</c></a>"},
		"attributes of a namespace": {`<a xmlns="u" xmlns:x="v" x:type="w" type="home" @b="c">d</a>`, `<a type="home">d</a>`},
		"attributes without quotes": {`<a b=c d='e"'f="&lt;&#11;&quot;<">g</a>`, `<a b="c" d="e&#34;" f="&lt;&#34;&lt;">g</a>`},
		"comment":                   {"<a>1<!-- -- <b> -->2<!---->3</a>", "<a>123</a>"},
		"declarations":              {`<?xml version="1.1"?><!DOCTYPE a [<!ENTITY b "c">]><a><?php x ?>d<!>e<? f</a>`, "<a>d&lt;!&gt;e&lt;? f</a>"},
		"ends forgotten":            {"<a><b>1<c>2</b></x><d>3</a>", "<a><b>1<c>2</c></b><d>3</d></a>"},
		"namespaces":                {"<s:a><u:b>1</v:b></s:a>", "<a><b>1</b></a>"},
		"something around":          {"x & y<a>b</a><<<", "<a>b</a>"},
	} {
		for way, r := range map[string]io.Reader{"at once": strings.NewReader(test.text), "byte by byte": iotest.OneByteReader(strings.NewReader(test.text))} {
			n, err := ReadNode(r)
			if err != nil || n.String() != test.want {
				t.Errorf("%s, %s: %s, %v; want %s", name, way, n, err, test.want)
			}
		}
	}
}

// TestReadNodeInVain: what is no whole document is an error, with what was read.
func TestReadNodeInVain(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty": {"", ""}, "text": {"<<not & xml", ""}, "cut short": {"<a><b>1</b><c>2", "<a><b>1</b><c /></a>"},
		"cut in a tag": {"<a><b>1</b", "<a><b /></a>"}, "comment without an end": {"<a><b>1</b><!-- </a>", "<a><b>1</b></a>"},
		"deep": {strings.Repeat("<a>", 50), strings.Repeat("<a>", 23) + "<a />" + strings.Repeat("</a>", 23)},
	} {
		n, err := ReadNode(strings.NewReader(test.text))
		got := ""
		if n != nil {
			got = n.String()
		}
		if err == nil || got != test.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := ReadNode(strings.NewReader("<a>" + strings.Repeat("<b/>", maxNodes+1))); err == nil {
		t.Error("any number of elements")
	}
}

// TestManyPieces: a text in many pieces takes twice the memory, and with that the time, if
// it is twice as long; not four times, as where each piece copies those before it.
func TestManyPieces(t *testing.T) {
	for _, piece := range []string{"&amp;", "x<!---->", "<![CDATA[x]]>", "&", "<", "x&#0;", "\xfc", "<b/>x", "<@b/>x", "</b>x", "<b c='<b c=\"", "<?a", "<!a", "<a "} {
		allocated := func(n int) float64 {
			var before, after runtime.MemStats
			text := "<a>" + strings.Repeat(piece, n) + "</a>"
			runtime.ReadMemStats(&before)
			_, _ = ReadNode(strings.NewReader(text))
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		if once, twice := allocated(20_000), allocated(40_000); twice > 3*once+(1<<20) {
			t.Errorf("%q: %.0f bytes, twice as many pieces %.0f", piece, once, twice)
		}
	}
}

func BenchmarkOddXML(b *testing.B) {
	for _, piece := range []string{"&amp;", "x<!---->", "<", "<b c='<b c=\"", "<?a", "<b c=", "<b c='' "} {
		text := "<a>" + strings.Repeat(piece, 1<<20/len(piece)) + "</a>"
		b.Run(piece, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, _ = ReadNode(strings.NewReader(text))
			}
		})
	}
}

// FuzzTokenizer: starts and ends balance whatever is read, and what is written from it is
// read as the same.
func FuzzTokenizer(f *testing.F) {
	f.Add("<a><@b c='d'>&#11;</@b><e/>&amp;<![CDATA[x]]><!-- y --></a>")
	f.Add("<?xml version='1.0'?><a b=c>\xff ]]> <3 </x></a>")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, open := NewTokenizer(strings.NewReader(text)), 0
		for {
			token, err := tokens.Next()
			if err != nil {
				break
			}
			switch token.Kind {
			case StartElement:
				open++
			case EndElement:
				open--
			}
			if open < 0 || open > maxDepth {
				t.Fatalf("%d open", open)
			}
		}
		n, err := ReadNode(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := ReadNode(strings.NewReader(n.String()))
		if err != nil || again.String() != n.String() {
			t.Errorf("%s became %s, %v", n, again, err)
		}
	})
}
