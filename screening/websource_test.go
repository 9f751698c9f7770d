package screening

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// clientOf returns a client that has its answers from here, at these hosts.
func clientOf(t *testing.T, answer http.HandlerFunc, hosts ...string) *online.Client {
	t.Helper()
	roots, dial := testkit.HTTPS(t, answer, hosts...)
	client := online.NewClient(online.ClientOptions{RootCAs: roots, Dial: dial})
	t.Cleanup(client.Close)
	return client
}

// says answers everything with a text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

// numberOf reads a number on a line in Berlin.
func numberOf(t *testing.T, raw string) call.Number {
	t.Helper()
	plan, err := call.NewPlan("DE", "30", nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Number(raw)
}

func TestWebSource(t *testing.T) {
	o := site.Options{
		Name: "own", URL: "https://example.com/{digits}", Score: "json:$.score", Ratings: "json:$.n", Label: "json:$.kind",
		CallerName: "json:$.name", Unknown: "json:$.unknown",
	}
	for answer, want := range map[string]Finding{
		`{"score": 8, "n": 29, "kind": "Umfrage"}`: {Group: Reputation, Evidence: call.Evidence{
			Source: "own", Reason: "rated_bad", Weight: 75,
			Detail: "29 Leute bewerten die Nummer bei own mit 8 auf einer Skala von 1, gut, bis 9, schlecht („Umfrage“)",
		}},
		`{"score": 2, "n": 30, "name": "Beispiel"}`: {Group: Reputation, Name: "Beispiel", Evidence: call.Evidence{
			Source: "own", Reason: "rated_good", Weight: -53,
			Detail: "30 Leute bewerten die Nummer bei own mit 2 auf einer Skala von 1, gut, bis 9, schlecht",
		}},
		`{"unknown": true}`: {},
	} {
		source, err := NewWebSource(o, clientOf(t, says(answer), "example.com"), call.German)
		if err != nil {
			t.Fatal(err)
		}
		got, err := source.Evidence(t.Context(), numberOf(t, "03023125123"))
		switch {
		case err != nil, source.Name() != "own", len(got) > 1, len(got) == 0 && want != (Finding{}):
			t.Errorf("%s: %+v, %v", answer, got, err)
		case len(got) == 1 && got[0] != want:
			t.Errorf("%s: %+v\nwant %+v", answer, got[0], want)
		}
	}
	o.Score = "css:["
	if _, err := NewWebSource(o, nil, call.German); err == nil || !strings.HasPrefix(err.Error(), "score: ") {
		t.Errorf("a bad selector: %v", err)
	}
}

// A directory tells the name, and speaks for the caller.
func TestDirectoryPreset(t *testing.T) {
	p, _ := site.FindPreset("dasoertliche")
	client := clientOf(t, says("<div class=addressblock><div class=name><h1>Bäckerei Beispiel</h1></div></div>"), "www.dasoertliche.de", "example.com")
	for address, want := range map[string]call.Language{"": call.English, "https://example.com/{national}": call.German} {
		source, err := NewPreset(p, address, client, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := source.Evidence(t.Context(), numberOf(t, "03023125123"))
		detail := want.Pick("Das Örtliche lists the number as Bäckerei Beispiel", "Das Örtliche führt die Nummer als Bäckerei Beispiel")
		if err != nil || len(got) != 1 || got[0].Group != Trust || got[0].Weight != -50 || got[0].Name != "Bäckerei Beispiel" || got[0].Detail != detail {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// Numbers that mean nothing outside, or nothing to that site, are sent nowhere.
func TestWebSourceNotAsked(t *testing.T) {
	p, _ := site.FindPreset("dasoertliche")
	source, err := NewPreset(p, "", clientOf(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked %s", r.URL)
	}, "www.dasoertliche.de"), call.German)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"", "**610", "110", "11833", "00442079460123", "0207523456"} {
		if got, err := source.Evidence(t.Context(), numberOf(t, raw)); err != nil || got != nil {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
}

// A trace says which selector no longer matches.
func TestTraceSource(t *testing.T) {
	p, _ := site.FindPreset("telefonspion")
	client := clientOf(t, says("<title>Neu</title><div class=number>16</div>"), "www.telefonspion.de")
	source, err := NewPreset(p, "", client, call.German)
	if err != nil {
		t.Fatal(err)
	}
	trace := TraceSource(t.Context(), source, numberOf(t, "03023125123"))
	failure, ok := errors.AsType[*site.ReadError](trace.Err)
	if !ok || failure.Key != "score" || trace.Source != "telefonspion" || trace.Took <= 0 || len(trace.Findings) != 0 {
		t.Errorf("%+v", trace)
	}
	if n := len(trace.Steps); n != 2 || trace.Steps[0].Failed || !trace.Steps[1].Failed || trace.Steps[1].Source != p.Score {
		t.Errorf("steps %+v", trace.Steps)
	}
	trace = TraceSource(t.Context(), source, numberOf(t, "112"))
	if len(trace.Steps) != 1 || trace.Steps[0].Key != "number" || trace.Err != nil {
		t.Errorf("an emergency number: %+v", trace)
	}
}
