package fritztest

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is an action that is being asked for.
type request struct {
	t            *tr064
	operation    *operation
	args         map[string]string // by parameter name
	user         *account          // nil: nobody logged in
	base         string            // scheme, address and port that the box was asked by
	token        string            // of the second factor
	uptime, wall time.Time
	before       func() // done in front of the answer, without the lock
	after        func() // done behind the answer, without the lock
}

// serve answers everything that comes to a port of TR-064.
func (t *tr064) serve(w http.ResponseWriter, r *http.Request, secure bool) {
	t.serving.RLock()
	defer t.serving.RUnlock()
	t.mu.Lock()
	t.requests++
	name, friendly := r.URL.Path, t.model.Friendly
	model := t.model
	t.mu.Unlock()
	defer t.notify()
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
	if w = t.hamper(w, r, name); w == nil {
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

func (t *tr064) route(w http.ResponseWriter, r *http.Request, base string) {
	s := serviceAt(r.URL.Path)
	switch {
	case s != nil && r.Method == http.MethodPost:
		t.soap(w, r, s, base)
	case r.Method != http.MethodGet:
		page(w, http.StatusNotImplemented, "Not Implemented", "ERR_NONE")
	case t.list(w, r):
	default:
		t.describe(w, r, base)
	}
}

// describe serves the descriptions, which need no login.
func (t *tr064) describe(w http.ResponseWriter, r *http.Request, base string) {
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

// soap answers one request of an action.
func (t *tr064) soap(w http.ResponseWriter, r *http.Request, s *service, base string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSOAP+1))
	if err != nil || len(body) > maxSOAP {
		page(w, http.StatusBadRequest, "Bad Request", "ERR_NONE") // too long, or cut off
		return
	}
	kind, name, _ := strings.Cut(strings.Trim(r.Header.Get("SOAPAction"), `" `), "#")
	o := s.action(name)
	e, err := readEnvelope(body)
	if err != nil {
		// The login comes before the content: clients such as curl send nothing until
		// they have a challenge.
		if t.admits(w, r, o) {
			t.refuse(w, "", brokenXML)
		}
		return
	}
	uptime, wall := t.now()
	q := &request{t: t, operation: o, base: base, token: e.header["token"], uptime: uptime, wall: wall}
	t.mu.Lock()
	open := len(t.users) == 0
	q.base = t.pretended(base)
	t.mu.Unlock()
	header := ""
	switch {
	case o != nil && o.right == "none", open:
	case e.challenge || e.auth:
		var granted bool
		if header, granted = t.contentLogin(q, e); !granted {
			t.count(func() { t.refused++ })
			// A login that is missing or wrong is a fault with status 200 here.
			sendXML(w, http.StatusOK, faultXML(header, authFailed))
			return
		}
	default:
		t.mu.Lock()
		user, result := t.digest(r, uptime)
		if result == loginGood {
			t.challenges = 0
		} else {
			t.refused++
		}
		t.mu.Unlock()
		if result != loginGood {
			t.challenge(w, result == loginStale, uptime)
			return
		}
		q.user = user
	}
	out, err := t.run(q, kind, e)
	var f fault
	if errors.As(err, &f) {
		t.refuse(w, header, f)
		return
	}
	if q.before != nil {
		q.before()
	}
	sendXML(w, http.StatusOK, answerXML(header, o, out))
	if q.after != nil {
		_ = http.NewResponseController(w).Flush() // the box is about to restart
		q.after()
	}
}

// admits checks the login of a request that holds no envelope, and asks for one where
// it is missing.
func (t *tr064) admits(w http.ResponseWriter, r *http.Request, o *operation) bool {
	if o != nil && o.right == "none" {
		return true
	}
	uptime, _ := t.now()
	t.mu.Lock()
	result := loginGood
	if len(t.users) > 0 {
		_, result = t.digest(r, uptime)
	}
	if result != loginGood {
		t.refused++
	}
	t.mu.Unlock()
	if result != loginGood {
		t.challenge(w, result == loginStale, uptime)
	}
	return result == loginGood
}

func (t *tr064) refuse(w http.ResponseWriter, header string, f fault) {
	t.count(func() { t.refused++ })
	sendXML(w, http.StatusInternalServerError, faultXML(header, f))
}

func (t *tr064) count(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	do()
}

// run checks a request and does what it asks for.
func (t *tr064) run(q *request, kind string, e envelope) (map[string]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := q.operation
	if o == nil || t.off || t.absent[o.name] || kind != namespace+"service:"+o.service.kind || e.action != o.name {
		return nil, invalidAction
	}
	t.counts[o.name]++
	if q.user != nil && !q.user.may(o.right) {
		return nil, notAuthorized
	}
	var err error
	if q.args, err = o.check(e.arguments); err != nil {
		return nil, err
	}
	if f, ok := t.failure(o.name); ok {
		return nil, f
	}
	if t.factor.guards(o.name) && !t.factor.grants(q) {
		return nil, needsFactor
	}
	return actions[o.title()](q)
}

// check compares the arguments with the description. Capital and small letters
// mean the same: fritzconnection says NewPhonebookId, and boxes take it.
func (o *operation) check(given []argumentValue) (map[string]string, error) {
	args := map[string]string{}
	for _, a := range given {
		i := slices.IndexFunc(o.in, func(p parameter) bool { return strings.EqualFold(p.name, a.name) })
		if i < 0 {
			return nil, invalidArgs
		}
		p := o.in[i]
		if _, twice := args[p.name]; twice || !p.takes(a.value) {
			return nil, invalidArgs
		}
		args[p.name] = a.value
	}
	if len(args) != len(o.in) {
		return nil, invalidArgs
	}
	return args, nil
}

// takes reports whether a text is of the parameter's type. An empty entry id is
// allowed although its type is a number: it means a new entry.
func (p parameter) takes(text string) bool {
	bits := map[string]int{"ui2": 16, "ui4": 32}[p.kind]
	switch {
	case bits > 0:
		_, err := strconv.ParseUint(strings.TrimSpace(text), 10, bits)
		return err == nil || text == "" && p.name == "NewPhonebookEntryID"
	case p.kind == "boolean":
		return slices.Contains([]string{"0", "1", "true", "false"}, strings.ToLower(text))
	}
	return true
}

// int returns a number argument, or -1 if it is empty.
func (q *request) int(name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(q.args[name]))
	if err != nil {
		return -1
	}
	return n
}

// on returns a boolean argument.
func (q *request) on(name string) bool {
	return q.args[name] == "1" || strings.EqualFold(q.args[name], "true")
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// maxWritten bounds the writes that State remembers.
const maxWritten = 32

// wrote takes a note of something that was changed from outside.
func (q *request) wrote(what string) {
	t := q.t
	t.writes++
	if len(t.journal) == maxWritten {
		t.journal = t.journal[1:]
	}
	who := "nobody"
	if q.user != nil {
		who = q.user.Name
	}
	t.journal = append(t.journal, who+" "+q.operation.name+cmp.Or(" "+what, ""))
}
