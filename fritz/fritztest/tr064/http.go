package tr064

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// serve answers everything that comes to a port of TR-064.
func (t *Server) serve(w http.ResponseWriter, r *http.Request, secure bool) {
	t.serving.RLock()
	defer t.serving.RUnlock()
	t.mu.Lock()
	t.requests++
	name, friendly := r.URL.Path, t.model.Friendly
	model := t.model
	t.mu.Unlock()
	defer t.opt.Changed()
	h := w.Header()
	h.Set("Server", model.Name+" UPnP/1.0 AVM "+model.Name+" "+model.Firmware)
	if !ownName(r.Host, friendly) {
		h.Set("Connection", "close")
		page(w, http.StatusBadRequest, "Bad Request", "ERR_INVALID_HOSTHEADER")
		return
	}
	if s := serviceAt(r.URL.Path); s != nil && r.Method == http.MethodPost {
		_, name, _ = strings.Cut(strings.Trim(r.Header.Get("SOAPAction"), `" `), "#")
	}
	name = strings.TrimPrefix(name, "/")
	if w = t.applyTroubles(w, r, name); w == nil {
		return
	}
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	t.route(w, r, scheme+r.Host)
}

// ownName reports whether a Host header names the box: by address, or by one of
// the names it is known to have.
func ownName(host, friendly string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	return net.ParseIP(name) != nil || slices.Contains([]string{
		"fritz.box", "www.fritz.box", "myfritz.box", "localhost",
		strings.ToLower(friendly), strings.ToLower(friendly) + ".fritz.box",
	}, name)
}

func (t *Server) route(w http.ResponseWriter, r *http.Request, base string) {
	s := serviceAt(r.URL.Path)
	switch {
	case s != nil && r.Method == http.MethodPost:
		t.soap(w, r, s, base)
	case r.Method != http.MethodGet:
		page(w, http.StatusNotImplemented, "Not Implemented", "ERR_NONE")
	case t.file(w, r):
	default:
		t.describe(w, r, base)
	}
}

// describe serves the descriptions, which need no login.
func (t *Server) describe(w http.ResponseWriter, r *http.Request, base string) {
	t.mu.Lock()
	off, model := t.off, t.model
	absent := func(o *operation) bool { return t.absent[o.name] }
	var text string
	switch s := describedAt(r.URL.Path); {
	case off:
	case r.URL.Path == "/tr64desc.xml":
		_, host, _ := strings.Cut(base, "://")
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		text = model.describe(host)
	case s != nil:
		text = s.describe(absent)
	}
	t.mu.Unlock()
	if text == "" {
		page(w, http.StatusNotFound, "Not Found", "ERR_NOT_FOUND")
		return
	}
	sendXML(w, http.StatusOK, text)
}

func sendXML(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", `text/xml; charset="utf-8"`)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h["EXT"] = []string{""}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client is gone
}
