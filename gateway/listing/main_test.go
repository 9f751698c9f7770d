package listing_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pages is a web server that rates callers below /rating/ and knows names below /name/.
type pages struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // by path
}

func openPages(t *testing.T) *pages {
	p := &pages{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, r.URL.Path)
		answers := map[string]string{
			"/rating/" + gatewaytest.Pest:   `{"score":9,"ratings":100}`,
			"/rating/" + gatewaytest.Friend: `{"score":9,"ratings":100}`,
			"/name/" + gatewaytest.Pest:     `{"name":"Pest GmbH"}`,
			"/name/" + gatewaytest.Munich:   `{"name":"Frau\nMustermann"}`,
			"/name/" + gatewaytest.Patient:  `{"name":"Mustermann, Max"}`,
		}
		if answer, known := answers[r.URL.Path]; known {
			w.Write([]byte(answer))
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(p.Close)
	return p
}

// trusted has the house trust the certificate of the server.
func (p *pages) trusted(h *gatewaytest.House) {
	h.Options.Online.RootCAs = x509.NewCertPool()
	h.Options.Online.RootCAs.AddCert(p.Certificate())
}

// rates has the house ask for ratings there.
func (p *pages) rates(h *gatewaytest.House) {
	p.trusted(h)
	h.Config.Screening.Sources = append(h.Config.Screening.Sources, config.WebSource{
		Name: "rating", URL: p.URL + "/rating/{national}", Score: "json:$.score", Scale: "tellows", Ratings: "json:$.ratings",
	})
}

// names has the house ask for names there.
func (p *pages) names(h *gatewaytest.House) {
	p.trusted(h)
	h.Config.Screening.Sources = append(h.Config.Screening.Sources, config.WebSource{
		Name: "directory", URL: p.URL + "/name/{national}", Scale: "tellows", CallerName: "json:$.name",
	})
}

// paths are those below a folder that were asked for.
func (p *pages) paths(folder string) (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, path := range p.asked {
		if strings.HasPrefix(path, folder) {
			all = append(all, path)
		}
	}
	return all
}
