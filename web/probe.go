package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// What /readyz says.
const (
	ready    = "ready"
	notReady = "not ready"
)

// Probe answers a question about the program as a whole, with the checks that the answer rests
// on. It must return soon after ctx ends. Several requests may call it at the same time.
type Probe func(ctx context.Context) (ok bool, checks []Check)

// Check is one thing a Probe looked at.
type Check struct {
	Name   string `json:"name"` // "broker", "box fritzbox"
	OK     bool   `json:"ok"`
	Reason string `json:"reason"` // why not, for people; "" where there is nothing to say
}

// probeDocument is the answer of /healthz and /readyz.
type probeDocument struct {
	Status  string  `json:"status"`
	Version string  `json:"version"`
	Checks  []Check `json:"checks"`
}

// probeHandler answers 200 with the word yes, or 503 with the word no.
func probeHandler(probe Probe, yes, no string, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok, checks := ask(r.Context(), probe, o.Limits.Probe)
		document := probeDocument{Status: yes, Version: o.Version, Checks: checks}
		code := http.StatusOK
		if !ok {
			document.Status, code = no, http.StatusServiceUnavailable
		}
		writeJSON(w, code, document)
	})
}

// ask calls a probe and waits for its answer for at most limit.
func ask(ctx context.Context, probe Probe, limit time.Duration) (bool, []Check) {
	if probe == nil {
		return true, []Check{}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ok, checks := probe(ctx)
	if checks == nil {
		checks = []Check{}
	}
	return ok, checks
}

// writeJSON answers with a document. Values that JSON does not have are a mistake of the
// program and give 500.
func writeJSON(w http.ResponseWriter, code int, document any) {
	var body bytes.Buffer
	to := json.NewEncoder(&body)
	to.SetEscapeHTML(false)
	if err := to.Encode(document); err != nil {
		http.Error(w, "cannot write the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body.Bytes())
}
