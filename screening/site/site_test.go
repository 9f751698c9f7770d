package site_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// secret is the number that is asked about.
const secret = "03023125123"

var plan = must(call.NewPlan("DE", "30", nil))

func must(p *call.Plan, err error) *call.Plan {
	if err != nil {
		panic(err)
	}
	return p
}

// hosts are those of the presets.
var hosts = []string{
	"example.com", "www.werruft.info", "www.cleverdialer.de", "www.telefonspion.de", "www.werhatangerufen.com",
	"www.tellows.de", "www.dasoertliche.de",
}

// serve returns a client that has its answers from here.
func serve(t *testing.T, answer http.HandlerFunc) *online.Client {
	t.Helper()
	roots, dial := testkit.HTTPS(t, answer, hosts...)
	client := online.NewClient(online.ClientOptions{RootCAs: roots, Dial: dial})
	t.Cleanup(client.Close)
	return client
}

// servePage answers everything with a file of testdata.
func servePage(t *testing.T, file string) *online.Client {
	t.Helper()
	page, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(page)
	})
}

// preset makes the site of a preset.
func preset(t *testing.T, name string) *site.Site {
	t.Helper()
	p, ok := site.FindPreset(name)
	if !ok {
		t.Fatalf("there is no preset %s", name)
	}
	s, err := site.New(p.Options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPresets(t *testing.T) {
	for file, want := range map[string]site.Entry{
		"werruft":              {Known: true, Score: 8.0345, Ratings: 29, Label: "Negativ", Comment: "Wollte mir Strom verkaufen. 21.11.2026"},
		"werruft_unknown":      {},
		"cleverdialer":         {Known: true, Score: 7.2, Ratings: 1234, Comment: "Gewinnspiel, angeblich von der Lotterie"},
		"cleverdialer_text":    {Known: true, Score: 2, Ratings: 12},
		"cleverdialer_unknown": {},
		"telefonspion":         {Known: true, Score: 7.8, Ratings: 16},
		"telefonspion_title":   {Known: true, Score: 2.2, Ratings: 16},
		"werhatangerufen":      {Known: true, Score: 8, Ratings: 9},
		"tellows_page":         {Known: true, Score: 8, Ratings: 3, Comment: "Umfrage am Abend"},
		"tellows_page_unknown": {},
		"dasoertliche":         {Known: true, Name: "Bäckerei Beispiel"},
		"dasoertliche_link":    {Known: true, Name: "Bäckerei Beispiel"},
		"dasoertliche_unknown": {},
		"dasoertliche_similar": {},
	} {
		name := strings.TrimSuffix(file, "_unknown")
		for _, layout := range []string{"_text", "_title", "_link", "_similar"} {
			name = strings.TrimSuffix(name, layout)
		}
		s := preset(t, name)
		got, steps, err := s.Ask(t.Context(), servePage(t, file+".html"), plan.Number(secret))
		if near := got.Score - want.Score; near > -0.001 && near < 0.001 {
			got.Score = want.Score
		}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", file, got, err, want)
		}
		for _, step := range steps {
			if step.Failed || step.Key == "" || step.Source == "" || step.Meaning == (call.Text{}) {
				t.Errorf("%s: step %+v", file, step)
			}
		}
	}
}

// A page of another layout is an error that names the selector, in every preset, and never a
// number that nobody rates.
func TestOtherLayout(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><title>Bitte zustimmen</title><p>Wir verwenden Cookies"))
	})
	for _, p := range site.Presets() {
		s := preset(t, p.Name)
		_, steps, err := s.Ask(t.Context(), client, plan.Number(secret))
		failure, ok := errors.AsType[*site.ReadError](err)
		if !ok {
			t.Errorf("%s: %v, want a ReadError", p.Name, err)
			continue
		}
		key, source := "score", p.Score
		if p.Directory {
			key, source = "caller_name", p.CallerName
		}
		if failure.Key != key || failure.Source != source || !strings.Contains(err.Error(), source) {
			t.Errorf("%s: %v, want it to name %s", p.Name, err, source)
		}
		if last := steps[len(steps)-1]; !last.Failed || last.Source != source {
			t.Errorf("%s: the last step is %+v", p.Name, last)
		}
		if de := failure.Explain()[call.German]; !strings.Contains(de, "anders aufgebaut") {
			t.Errorf("in German: %q", de)
		}
	}
}

// Each address has the number in it as that site spells it, and nothing of the number stands
// in an error or a step.
func TestAddress(t *testing.T) {
	foreign, home := plan.Number("00442079460123"), plan.Number(secret)
	for template, want := range map[string][2]string{
		"https://example.com/{national}/":         {"/03023125123/", "/00442079460123/"},
		"https://example.com/?q={e164}":           {"/?q=%2B493023125123", "/?q=%2B442079460123"},
		"https://example.com/{digits}.html":       {"/493023125123.html", "/442079460123.html"},
		"https://example.com/a?n={international}": {"/a?n=00493023125123", "/a?n=00442079460123"},
	} {
		var asked string
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.RequestURI
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		s, err := site.New(site.Options{URL: template, Score: "css:b"})
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range []call.Number{home, foreign} {
			_, steps, err := s.Ask(t.Context(), client, n)
			if asked != want[i] {
				t.Errorf("%s asks %s, want %s", template, asked, want[i])
			}
			if err == nil || strings.Contains(err.Error(), "23125") || strings.Contains(err.Error(), "7946") {
				t.Errorf("%s: %v", template, err)
			}
			if len(steps) != 1 || !steps[0].Failed || steps[0].Source != template {
				t.Errorf("%s: %+v", template, steps)
			}
		}
	}
}

// Steps are told in both languages, with a German comma.
func TestSteps(t *testing.T) {
	_, steps, err := preset(t, "cleverdialer").Ask(t.Context(), servePage(t, "cleverdialer.html"), plan.Number(secret))
	if err != nil || len(steps) != 4 {
		t.Fatalf("%+v, %v", steps, err)
	}
	if want := (call.Text{"7.2 from 1, good, to 9, bad", "7,2 von 1, gut, bis 9, schlecht"}); steps[1].Key != "score" || steps[1].Meaning != want || steps[1].Texts[0] != "1,9 von 5 Sternen" {
		t.Errorf("%+v", steps[1])
	}
}

func TestUnknownByStatus(t *testing.T) {
	for status, known := range map[int]bool{404: false, 410: false, 403: true, 500: true} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		e, _, err := preset(t, "telefonspion").Ask(t.Context(), client, plan.Number(secret))
		if e.Known || (err != nil) != known || known && online.Status(err) != status {
			t.Errorf("%d: %+v, %v", status, e, err)
		}
	}
}

func TestCovers(t *testing.T) {
	for raw, want := range map[string]bool{secret: true, "00442079460123": false, "": false, "**610": false, "112": false} {
		if got := preset(t, "dasoertliche").Covers(plan.Number(raw)); got != want {
			t.Errorf("Das Örtliche is asked about %q: %t", raw, got)
		}
	}
	if !preset(t, "werruft").Covers(plan.Number("00442079460123")) {
		t.Error("werruft is not asked about a foreign number")
	}
}

// TestWhyAPageCannotBeRead is told in the language of the house.
func TestWhyAPageCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ scale, page, want string }{
		{"", "<b>none</b>", "„score“ (css:b) ist nicht zu lesen: es steht keine Zahl da"},
		{"stars", "<b>7</b>", "„score“ (css:b) ist nicht zu lesen: der Wert ist nicht von 1 bis 5"},
		{"words: bad=8", "<b>gut</b>", "„score“ (css:b) ist nicht zu lesen: kein Wort der Skala"},
		{"counts: 9, 1", "<b>3</b>", "„score“ (css:b) ist nicht zu lesen: 2 Anzahlen erwartet, 1 gefunden"},
		{"", strings.Repeat("<i></i>", 60_000), "„score“ (css:b) ist nicht zu lesen: das Dokument hat mehr als 50000 Elemente"},
		{"", strings.Repeat("<div>", 5000), "„score“ (css:b) ist nicht zu lesen: die Elemente sind zu tief verschachtelt"},
	} {
		s, err := site.New(site.Options{Name: "page", URL: "https://example.com/{digits}", Score: "css:b", Scale: test.scale})
		if err != nil {
			t.Fatal(err)
		}
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(test.page)) })
		if _, _, err := s.Ask(t.Context(), client, plan.Number(secret)); err == nil || online.Explain(err)[call.German] != test.want {
			t.Errorf("%.20s: %v, %q", test.page, err, online.Explain(err))
		}
	}
}
