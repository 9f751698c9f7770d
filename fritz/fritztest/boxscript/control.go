package boxscript

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	maxBody    = 64 << 10 // bytes of a script that is posted
	maxResults = 1000     // results told of one script
	maxRunning = 8        // scripts that run at a time

	bodyTimeout = 10 * time.Second // for a posted script to be there
)

// Control drives a box by HTTP:
//
//	GET  /        the script language, as text
//	GET  /state   State as JSON
//	POST /script  runs the lines of the body; {"ok":true,"results":[…]}, or 400 with "error"
//
// A script that waits keeps its request open, and ends with it. There is no
// login, so it belongs on loopback. A page in a browser on the same machine could
// reach it there, so a request from another origin is refused, and one under a
// host name, which a stranger's name server could have made up.
func Control(r *Runner) http.Handler {
	running := make(chan struct{}, maxRunning)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "POST /script runs script lines, GET /state shows the box.\n\n"+Help())
	})
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, r.box.State())
	})
	mux.HandleFunc("POST /script", func(w http.ResponseWriter, req *http.Request) {
		select {
		case running <- struct{}{}:
			defer func() { <-running }()
			r.post(w, req)
		default:
			writeJSON(w, http.StatusTooManyRequests, report{Results: []Result{}, Error: "8 scripts are running already"})
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if err := checkOrigin(req); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, req)
	})
}

// report is the answer to a posted script.
type report struct {
	OK      bool     `json:"ok"`
	Results []Result `json:"results"` // the first 1000
	Error   string   `json:"error,omitempty"`
}

func (r *Runner) post(w http.ResponseWriter, req *http.Request) {
	done := report{Results: []Result{}}
	// For the body alone: the script itself may wait for hours, and a deadline that
	// passes meanwhile would end it.
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(bodyTimeout)) // not every server has one
	script, err := Parse("script", http.MaxBytesReader(w, req.Body, maxBody))
	_ = conn.SetReadDeadline(time.Time{})
	if err == nil {
		err = r.collect(req.Context(), script, &done)
	}
	done.OK = err == nil
	status := http.StatusOK
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		status, done.Error = http.StatusRequestEntityTooLarge, "the script is larger than 64 KiB"
	case err != nil:
		status, done.Error = http.StatusBadRequest, err.Error()
	}
	writeJSON(w, status, done)
}

// collect runs a script and keeps its results.
func (r *Runner) collect(ctx context.Context, s *Script, done *report) error {
	mine := *r
	var mu sync.Mutex
	mine.opt.Done = func(result Result) {
		if r.opt.Done != nil {
			r.opt.Done(result)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(done.Results) < maxResults {
			done.Results = append(done.Results, result)
		}
	}
	return mine.Run(ctx, s)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // the client is gone
}

// checkOrigin says why a request may come from a page of somebody else.
func checkOrigin(req *http.Request) error {
	if !ownHost(req.Host) {
		return errors.New("refused: use the address or localhost, not a host name")
	}
	if origin := req.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !strings.EqualFold(u.Host, req.Host) {
			return errors.New("refused: the request comes from a page of another origin")
		}
	}
	switch req.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return nil
	}
	return errors.New("refused: the request comes from a page of another site")
}

// ownHost reports whether a Host header is localhost or an IP address, with or
// without a port.
func ownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	return strings.EqualFold(name, "localhost") || net.ParseIP(name) != nil
}
