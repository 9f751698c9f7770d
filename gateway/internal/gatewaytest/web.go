package gatewaytest

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// fetch gets a page over a connection of its own.
func fetch(t testing.TB, ctx context.Context, url string) (code int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// Metric is the value of one series of /metrics, -1 if it is not there.
func (h *House) Metric(series string) float64 {
	h.Helper()
	_, text := h.Get("/metrics")
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				h.Fatal(err)
			}
			return v
		}
	}
	return -1
}

// Get asks the web port.
func (h *House) Get(path string) (code int, body string) {
	h.Helper()
	return fetch(h, context.Background(), "http://"+h.Gateway.WebAddr().String()+path)
}
