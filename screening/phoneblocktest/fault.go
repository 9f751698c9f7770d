package phoneblocktest

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"
)

// Fault is how a server fails. The zero value is none.
type Fault struct {
	Status     int    // the answer has this status
	RetryAfter string // with it, such as "3600"
	Body       string // the answer is this text, with Status or 200
	Huge       int    // the answer is a list that begins well and has so many bytes
	Slow       bool   // there is no answer
}

// fault returns how the answer below a path fails.
func (s *Server) fault(path string) Fault {
	for prefix, f := range s.faults {
		if prefix != "" && strings.HasPrefix(path, prefix) {
			return f
		}
	}
	return s.faults[""]
}

// answer answers as the fault says, if it says anything.
func (f Fault) answer(w http.ResponseWriter) bool {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	switch {
	case f.Huge > 0:
		_, _ = w.Write([]byte(`{"version":9,"filler":"`))
		filler := bytes.Repeat([]byte("x"), 64<<10)
		for sent := 0; sent < f.Huge; sent += len(filler) {
			if _, err := w.Write(filler); err != nil {
				break
			}
		}
		return true
	case f.Status != 0 || f.Body != "":
		w.WriteHeader(cmp.Or(f.Status, http.StatusOK))
		_, _ = w.Write([]byte(f.Body))
		return true
	}
	return f.Slow
}
