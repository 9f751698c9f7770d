package gateway_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
)

// TestManualsWebSources: the own web sources of the manual read what it says they do.
func TestManualsWebSources(t *testing.T) {
	manual, err := os.ReadFile("../docs/screening.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "### An own web source")
	block := func(language string) string {
		_, rest, found := strings.Cut(section, "```"+language+"\n")
		if !found {
			t.Fatalf("no block of %s", language)
		}
		text, _, _ := strings.Cut(rest, "```")
		return text
	}
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(path, []byte(block("yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"calls.example/number/493023125123.html":             block("html"),
		"office.example/api/customers?phone=%2B493023125123": `{"total":1,"customers":[{"name":"Anna Beispiel"}]}`,
		"office.example/api/customers?phone=%2B494066969111": `{"total":0,"customers":[]}`,
	}
	roots, dial := testkit.HTTPS(t, func(w http.ResponseWriter, r *http.Request) {
		page, known := pages[r.Host+r.RequestURI]
		if !known {
			t.Errorf("asked %s%s", r.Host, r.RequestURI)
		}
		if r.Host == "office.example" && r.Header.Get("Authorization") != "Bearer 12345" {
			t.Errorf("the header is %q", r.Header.Get("Authorization"))
		}
		_, _ = w.Write([]byte(page))
	}, "calls.example", "office.example")
	for _, test := range []struct{ name, number, detail, caller string }{
		{"example", "03023125123", "12 people at example rate the number 7.2 on a scale from 1, good, to 9, bad (“Umfrage”)", ""},
		{"customers", "03023125123", "customers lists the number as Anna Beispiel", "Anna Beispiel"},
		{"customers", "04066969111", "", ""},
	} {
		got, err := gateway.TraceSource(t.Context(), &loaded, online.ClientOptions{RootCAs: roots, Dial: dial}, test.name, "", test.number)
		if err != nil || got.Err != nil {
			t.Errorf("%s: %v, %v", test.name, err, got.Err)
			continue
		}
		detail, caller := "", ""
		if len(got.Findings) == 1 {
			detail, caller = got.Findings[0].Detail, got.Findings[0].Name
		}
		if detail != test.detail || caller != test.caller {
			t.Errorf("%s of %s: %+v", test.name, test.number, got)
		}
	}
}
