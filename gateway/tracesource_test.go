package gateway_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
)

// TestTraceSource: each source callporter knows, and those of the configuration, can be asked
// by name, there or at another address.
func TestTraceSource(t *testing.T) {
	var asked string
	roots, dial := testkit.HTTPS(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Host + r.RequestURI + r.Header.Get("X-Key")
		_, _ = w.Write([]byte(`<h1>Beispiel</h1><b>8</b>{"tellows":{"score":8,"comments":29}}`))
	}, "crm.example", "www.tellows.de", "example.com")
	cfg := config.Default()
	cfg.Language = call.German
	cfg.Boxes[0].AreaCode = "30"
	cfg.Screening.Sources = []config.WebSource{{Name: "crm", URL: "https://crm.example/{e164}", Header: "X-Key: abc", CallerName: "css:h1", Score: "css:b", Scale: "tellows"}}
	trace := func(name, address string) (screening.Trace, error) {
		asked = ""
		return gateway.TraceSource(t.Context(), &cfg, online.ClientOptions{RootCAs: roots, Dial: dial}, name, address, "23125123")
	}
	for _, test := range []struct{ name, address, asked, failed string }{
		{"crm", "", "crm.example/%2B493023125123abc", ""},
		{"crm", "https://example.com/{digits}", "example.com/493023125123abc", ""},
		{"crm", "https://example.com/page", "example.com/pageabc", ""},
		{"tellows", "", "www.tellows.de/basic/num/03023125123", ""},
		{"tellows", "https://example.com", "example.com/basic/num/00493023125123", ""},
		{"werruft", "https://example.com/x", "example.com/x", "score"},
		{"dasoertliche", "https://example.com/{national}", "example.com/03023125123", "caller_name"},
	} {
		got, err := trace(test.name, test.address)
		if err != nil || got.Source != test.name || !strings.HasPrefix(asked, test.asked) {
			t.Errorf("%s at %q asks %s: %+v, %v", test.name, test.address, asked, got, err)
			continue
		}
		last := got.Steps[len(got.Steps)-1]
		if (got.Err != nil) != (test.failed != "") || test.failed != "" && (!last.Failed || last.Key != test.failed) {
			t.Errorf("%s at %q: %+v", test.name, test.address, got)
		}
	}
	for name, want := range map[string]string{"nobody": "crm", "crm": "https://"} {
		if _, err := trace(name, "http://example.com/"); err == nil || !strings.Contains(err.Error(), want) || asked != "" {
			t.Errorf("%s: %v, asked %s", name, err, asked)
		}
	}
	if names := strings.Join(gateway.SourceNames(&cfg), " "); names != "tellows werruft cleverdialer telefonspion werhatangerufen tellows_page dasoertliche searchch crm" {
		t.Errorf("sources: %s", names)
	}
}

// TestTraceSourceWaitsAsACallDoes, so that what it says of a source that is silent is true.
func TestTraceSourceWaitsAsACallDoes(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	roots, dial := testkit.HTTPS(t, func(http.ResponseWriter, *http.Request) { <-end }, "example.com")
	t.Cleanup(func() { close(end) }) // before the server is closed, which waits
	cfg := config.Default()
	cfg.Boxes[0].AreaCode = "30"
	began := time.Now()
	trace, err := gateway.TraceSource(t.Context(), &cfg, online.ClientOptions{RootCAs: roots, Dial: dial}, "werruft", "https://example.com/{digits}", "23125123")
	if took := time.Since(began); err != nil || !errors.Is(trace.Err, online.ErrNoAnswer) || took > 2*online.Patience {
		t.Errorf("%+v, %v after %v", trace, err, took)
	}
}
