package screen

import (
	"reflect"
	"strings"
	"testing"
)

var berlin = line{"DE", "030"}

func TestReadList(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []subject
	}{
		{"empty", "", nil},
		{"lines", "03023125123\r\n\r\n  +44 20 7946 0123\n", []subject{{input: "03023125123"}, {input: "+44 20 7946 0123"}}},
		{"comments", "# all of it\n03023125123# # a keypad's\n01713920055\t#mobile\n0800 2345678(030 23125123)",
			[]subject{{input: "03023125123#"}, {input: "01713920055"}, {input: "0800 2345678(030 23125123)"}}},
		{"quotes", "\"\"\n\"030 23125123\" # in quotes\n\"\n", []subject{{input: ""}, {input: "030 23125123"}, {input: "\""}}},
		{"byte order mark", "\ufeff03023125123", []subject{{input: "03023125123"}}},
		{"one column", "number\n03023125123\n\"\"\n", []subject{{input: "03023125123"}, {input: ""}}},
		{"table", "\ufeffNumber,own_area_code,country,expected_class,expected_reason,note\r\n" +
			"\"0800 2345678(030 23125123)\",030,DE,pair,bracketed_pair,\"two, \"\"of them\"\"\"\r\n" +
			"*121#,044,CH,internal,,\r\n,,,anonymous,anonymous,\r\n",
			[]subject{
				{input: "0800 2345678(030 23125123)", line: &line{"DE", "030"}, want: &expectation{"pair", "bracketed_pair"}},
				{input: "*121#", line: &line{"CH", "044"}, want: &expectation{"internal", ""}},
				{input: "", line: &line{"DE", ""}, want: &expectation{"anonymous", "anonymous"}},
			}},
		{"country alone", "country;number\nAT;0123456\nde;23125123\n;23125123\n",
			[]subject{{input: "0123456", line: &line{"AT", ""}}, {input: "23125123", line: &line{"DE", "030"}}, {input: "23125123", line: &line{"DE", "030"}}}},
		{"area alone", "own_area_code\tnumber\n0221\t4710123\n", []subject{{input: "4710123", line: &line{"DE", "0221"}}}},
	} {
		got, err := readList(strings.NewReader(tc.text), berlin)
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %+v, %v", tc.name, got, err)
		}
	}
}

func TestReadListNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"03023125123\n" + strings.Repeat("1", maxLineBytes+1):       "line 2: longer than 1024 bytes",
		strings.Repeat("1\n", maxSubjects+1):                        "more than 100000 numbers",
		"number\n" + strings.Repeat("1\n", maxSubjects+1):           "more than 100000 numbers",
		strings.Repeat("#\n", maxListBytes/2) + "1":                 "it is larger than 8 MiB",
		"number,note\n1,a\n2\n":                                     "line 3: wrong number of fields",
		"number,note\n1,a\n2,b,c\n":                                 "line 3: wrong number of fields",
		"number,note\n\"1,a\n":                                      `line 2: extraneous or missing " in quoted-field`,
		"number,note\n1\"2,a\n":                                     `line 2: bare " in non-quoted-field`,
		"number,country\n1,DE\n1,XX\n":                              `line 3: read country "XX": neither an ISO 3166-1 code such as DE nor a calling code such as +49`,
		"number,own_area_code,note\n\n\"1\",02075,\"two\nlines\"\n": `line 3: read area code "02075": no area code of DE`,
	} {
		if _, err := readList(strings.NewReader(text), berlin); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func FuzzReadList(f *testing.F) {
	f.Add([]byte("number,own_area_code,country\n030,030,DE\n"))
	f.Add([]byte("# list\n030 # one\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := readList(strings.NewReader(string(text)), berlin)
		if err != nil && all != nil || len(all) > len(text) {
			t.Errorf("%d numbers of %d bytes, %v", len(all), len(text), err)
		}
	})
}
