package screening

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

const tellowsHost = "www.tellows.de"

func tellowsAt(t *testing.T, answer http.HandlerFunc, change ...func(*TellowsOptions)) Source {
	t.Helper()
	o := TellowsOptions{URL: "https://" + tellowsHost, Key: "geheim", Country: "DE", Client: clientOf(t, answer, tellowsHost), Language: call.German}
	for _, c := range change {
		c(&o)
	}
	return NewTellows(o)
}

// Answers written after the fields that other programs read.
const (
	tellowsJSONBad = `{"tellows":{"number":"03023125123","normalizedNumber":"+493023125123","score":"8","searches":"2044","comments":"29",
		"location":"Berlin","country":"Deutschland","callerTypes":{"caller":[{"name":"Unbekannt","count":"30"},{"name":"Umfrage","count":"2"},{"name":"Aggressive Werbung","count":"17"}]},
		"callerNames":{"caller":["Beispiel"]}}}`
	tellowsXMLBad = `<?xml version="1.0" encoding="UTF-8"?><tellows><number>03023125123</number><score>8</score><comments>29</comments><location/>
		<callerTypes><caller><name>Aggressive Werbung</name><count>17</count></caller></callerTypes></tellows>`
	tellowsUnknown = `{"tellows":{"number":"03023125123","score":"5","searches":"1","comments":"0","callerTypes":[]}}`
)

// Whatever the form of an answer and what stands around it, the same is read.
func TestTellowsAnswers(t *testing.T) {
	const bad = "29 Leute bewerten die Nummer bei tellows mit 8 auf einer Skala von 1, gut, bis 9, schlecht („Aggressive Werbung“)"
	for answer, want := range map[string]string{
		tellowsJSONBad: bad,
		"Partner Data not correct\n" + tellowsJSONBad:                     bad,
		"<b>Warning</b>: " + tellowsJSONBad + " Partner Data not correct": bad,
		tellowsXMLBad: bad,
		"\n<br>Partner Data not correct\n" + tellowsXMLBad + "<!-- -->": bad,
		tellowsUnknown: "",
		`{"tellows":{"score":7,"comments":3,"callerTypes":{"caller":{"name":"Umfrage","count":1}},"numberDetails":{"name":"Beispiel AG"}}}`: "3 Leute bewerten die Nummer bei tellows mit 7 auf einer Skala von 1, gut, bis 9, schlecht („Umfrage“)",
		`{"tellows":{"score":"9"}}`:                                 "",
		`<tellows><score>2</score><comments>1</comments></tellows>`: "1 Person bewertet die Nummer bei tellows mit 2 auf einer Skala von 1, gut, bis 9, schlecht",
	} {
		got, err := tellowsAt(t, says(answer)).Evidence(t.Context(), numberOf(t, "03023125123"))
		detail := ""
		if len(got) == 1 {
			detail = got[0].Detail
		}
		if err != nil || detail != want || len(got) == 1 && (got[0].Group != Reputation || got[0].Source != "tellows") {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
}

func TestTellowsBadAnswers(t *testing.T) {
	for answer, want := range map[string]string{
		"":                         "score: tellows.score: is missing in the answer",
		"Partner Data not correct": "key: tellows: is not accepted by tellows, or the partner is wrong",
		`{"tellows":{}}`:           "score: tellows.score: is missing in the answer",
		`{"tellows":`:              "score: tellows.score: is missing in the answer",
		`{"tellows":{"score":"10","comments":"5"}}`:          "score: tellows.score: is not from 1 to 9",
		`{"tellows":{"score":{"x":1},"comments":"5"}}`:       "score: tellows.score: is not from 1 to 9",
		"<tellows><score>8</score><comments>29</tellows>":    "answer: tellows: is XML that cannot be read",
		strings.Repeat("<tellows>", 12000):                   "answer: tellows: is XML that cannot be read",
		`{"tellows":` + strings.Repeat("[", 200_000) + `"}"`: "score: tellows.score: is missing in the answer",
	} {
		got, err := tellowsAt(t, says(answer)).Evidence(t.Context(), numberOf(t, "03023125123"))
		if _, ok := errors.AsType[*site.ReadError](err); !ok || err.Error() != want || got != nil {
			t.Errorf("%.60s: %+v, %v", answer, got, err)
		}
	}
}

// The key goes as the interface wants it, and into no error.
func TestTellowsRequest(t *testing.T) {
	const sum = "e8636ea013e682faf61f56ce1cb1ab5c" // md5 of "geheim"
	for partner, want := range map[string]string{
		"":           "/basic/num/03023125123?apikeyMd5=" + sum + "&json=1&lang=de",
		"tellowskey": "/basic/num/03023125123?apikey=geheim&json=1&lang=de&partner=tellowskey",
	} {
		for _, status := range []int{200, 403, 500} {
			var asked *http.Request
			source := tellowsAt(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r
				w.WriteHeader(status)
				_, _ = w.Write([]byte(tellowsUnknown))
			}, func(o *TellowsOptions) { o.Partner = partner })
			got, err := source.Evidence(t.Context(), numberOf(t, "03023125123"))
			if asked.RequestURI != want || asked.Header.Get("X-Auth-Token") != sum || asked.TLS == nil {
				t.Errorf("asked %s with %s", asked.RequestURI, asked.Header.Get("X-Auth-Token"))
			}
			if (err != nil) != (status != 200) || got != nil {
				t.Errorf("%d: %+v, %v", status, got, err)
			}
			if err != nil && (online.Status(err) != status || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "23125")) {
				t.Errorf("%d: %v", status, err)
			}
		}
	}
	if _, err := tellowsAt(t, says(tellowsUnknown), func(o *TellowsOptions) { o.URL = "http://" + tellowsHost }).Evidence(t.Context(), numberOf(t, "03023125123")); !errors.Is(err, online.ErrNotSecure) {
		t.Errorf("without TLS: %v", err)
	}
}

// A number that came as 00… is asked about without one of its zeros, too, and the worse of
// both counts, whichever it is and whether or not the other one fails.
func TestTellowsWorst(t *testing.T) {
	score := func(score, comments string) string {
		return `{"tellows":{"score":"` + score + `","comments":"` + comments + `"}}`
	}
	for _, test := range []struct {
		raw, first, second string
		weight             int
		fails              bool
	}{
		{"00442079460123", score("8", "29"), score("2", "30"), 75, false},
		{"00442079460123", score("2", "30"), score("8", "29"), 75, false},
		{"00442079460123", score("2", "30"), score("1", "10"), -53, false},
		{"00442079460123", score("5", "0"), score("1", "10"), -58, false},
		{"00442079460123", score("5", "0"), "", 0, false},
		{"00442079460123", "", score("9", "20"), 80, false},
		{"00442079460123", "", score("5", "0"), 0, true},
		{"00442079460123", "", "", 0, true},
		{"+442079460123", score("8", "29"), score("9", "20"), 75, false},
		{"03023125123", score("8", "29"), score("9", "20"), 75, false},
	} {
		var mu sync.Mutex
		var asked []string
		source := tellowsAt(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked = append(asked, r.URL.Path)
			mu.Unlock()
			answer := test.first
			if r.URL.Path == "/basic/num/0442079460123" {
				answer = test.second
			}
			if answer == "" {
				w.WriteHeader(http.StatusBadGateway)
			}
			_, _ = w.Write([]byte(answer))
		})
		got, err := source.Evidence(t.Context(), numberOf(t, test.raw))
		weight := 0
		if len(got) == 1 {
			weight = got[0].Weight
		}
		if weight != test.weight || (err != nil) != test.fails {
			t.Errorf("%+v: %+v, %v", test, got, err)
		}
		slices.Sort(asked)
		want := []string{"/basic/num/00442079460123", "/basic/num/0442079460123"}
		switch {
		case test.raw[0] == '+':
			want = want[:1]
		case test.raw[1] != '0':
			want = []string{"/basic/num/" + test.raw}
		}
		if !slices.Equal(asked, want) {
			t.Errorf("%s asks %v, want %v", test.raw, asked, want)
		}
	}
}

// A Swiss number is never asked about as a German one.
func TestTellowsCountry(t *testing.T) {
	swiss, err := call.NewPlan("CH", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ host, raw, want string }{
		{tellowsHost, "00442079460123", "/basic/num/00442079460123"},
		{tellowsHost, "0442345678", "/basic/num/0041442345678"},
		{tellowsHost, "00493023125123", "/basic/num/03023125123"},
		{"www.tellows.ch", "0442345678", "/basic/num/0041442345678"},
		{"www.tellows.ch", "+493023125123", "/basic/num/00493023125123"},
	} {
		var mu sync.Mutex
		var asked []string
		source := NewTellows(TellowsOptions{URL: "https://" + test.host, Country: "CH", Client: clientOf(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, r.URL.Path)
			_, _ = w.Write([]byte(tellowsUnknown))
		}, test.host)})
		if _, err := source.Evidence(t.Context(), swiss.Number(test.raw)); err != nil || !slices.Equal(asked, []string{test.want}) {
			t.Errorf("%s at %s: %v, %v", test.raw, test.host, asked, err)
		}
	}
}

func TestTellowsTrace(t *testing.T) {
	trace := TraceSource(t.Context(), tellowsAt(t, says(tellowsJSONBad)), numberOf(t, "03023125123"))
	keys := make([]string, len(trace.Steps))
	for i, s := range trace.Steps {
		keys[i] = s.Key
	}
	if !slices.Equal(keys, []string{"url", "score", "ratings", "label"}) || len(trace.Findings) != 1 {
		t.Errorf("%+v", trace)
	}
}
