package screening

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

func feedOf(head, entries string) string {
	return head + `<feed xml:lang="de" xmlns:tel="http://tel.search.ch/api/spec/result/1.0/" xmlns:openSearch="http://a9.com/-/spec/opensearchrss/1.0/" xmlns="http://www.w3.org/2005/Atom">
	<title type="text">tel.search.ch API Search Results</title><openSearch:totalResults>1</openSearch:totalResults>` + entries + `</feed>`
}

func TestSearchCH(t *testing.T) {
	const (
		utf8   = `<?xml version="1.0" encoding="UTF-8"?>`
		person = `<entry><title type="text">Beispiel, Anna</title><author><name>tel.search.ch</name></author><tel:name>Beispiel</tel:name><tel:firstname>Anna</tel:firstname><tel:phone>+41442345678</tel:phone></entry>`
		plain  = `<entry><title type="text">Beispiel &amp; Söhne</title><content type="text">Beispiel Musterweg 37 8000 Zürich/ZH 044 234 56 78</content></entry>`
		other  = `<entry><title type="text">Jemand</title><content type="text">Jemand 8000 Zürich 044 987 65 00</content></entry>`
	)
	latin := strings.NewReplacer("ö", "\xf6", "ü", "\xfc")
	for answer, want := range map[string]string{
		feedOf(utf8, person): "Anna Beispiel",
		feedOf(utf8, plain):  "Beispiel & Söhne",
		latin.Replace(feedOf(`<?xml version="1.0" encoding="ISO-8859-1"?>`, plain)): "Beispiel & Söhne",
		feedOf(utf8, other):        "",
		feedOf(utf8, other+person): "Anna Beispiel",
		feedOf(utf8, ""):           "",
	} {
		var asked string
		source := NewSearchCH(SearchCHOptions{Key: "schluessel", Language: call.German, Client: clientOf(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.RequestURI
			_, _ = w.Write([]byte(answer))
		}, "search.ch")})
		got, err := source.Evidence(t.Context(), numberOf(t, "0041442345678"))
		name := ""
		if len(got) == 1 {
			name = got[0].Name
		}
		if err != nil || name != want {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
		if len(got) == 1 && (got[0].Group != Trust || got[0].Weight != -50 || got[0].Detail != "search.ch führt die Nummer als "+want) {
			t.Errorf("%+v", got)
		}
		if asked != "/tel/api/?key=schluessel&lang=de&maxnum=1&was=0442345678" {
			t.Errorf("asked %s", asked)
		}
	}
}

func TestSearchCHFails(t *testing.T) {
	ask := func(answer string) error {
		source := NewSearchCH(SearchCHOptions{Client: clientOf(t, says(answer), "search.ch")})
		got, err := source.Evidence(t.Context(), numberOf(t, "0041442345678"))
		if got != nil {
			t.Errorf("%.40s: %+v", answer, got)
		}
		return err
	}
	if err := ask("Too many requests"); online.Status(err) != http.StatusTooManyRequests {
		t.Errorf("too many requests: %v", err)
	}
	for _, answer := range []string{"", "<html><body>Fehler</body></html>", "<feed>", "kein XML", strings.Repeat("<feed>", 20_000)} {
		if _, ok := errors.AsType[*site.ReadError](ask(answer)); !ok {
			t.Errorf("%.40s: %v", answer, ask(answer))
		}
	}
}

// It is asked about Swiss numbers alone.
func TestSearchCHNotAsked(t *testing.T) {
	source := NewSearchCH(SearchCHOptions{Client: clientOf(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked %s", r.URL) }, "search.ch")})
	for _, raw := range []string{"03023125123", "00442079460123", "", "**1"} {
		if got, err := source.Evidence(t.Context(), numberOf(t, raw)); got != nil || err != nil {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
}
