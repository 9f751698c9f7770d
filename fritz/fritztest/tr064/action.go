package tr064

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// soap answers one request of an action.
func (t *Server) soap(w http.ResponseWriter, r *http.Request, s *service, base string) {
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
	uptime, wall := t.opt.Now()
	q := &Request{server: t, operation: o, token: e.header["token"], uptime: uptime, Wall: wall}
	t.mu.Lock()
	open := q.Open()
	q.base = t.listBase(base)
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
	var f Fault
	if errors.As(err, &f) {
		t.refuse(w, header, f)
		return
	}
	if q.Before != nil {
		q.Before()
	}
	sendXML(w, http.StatusOK, answerXML(header, o, out))
	if q.after != nil {
		_ = http.NewResponseController(w).Flush() // the box is about to restart
		q.after()
	}
}

// admits checks the login of a request that holds no envelope, and asks for one where
// it is missing.
func (t *Server) admits(w http.ResponseWriter, r *http.Request, o *operation) bool {
	if o != nil && o.right == "none" {
		return true
	}
	uptime, _ := t.opt.Now()
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

func (t *Server) refuse(w http.ResponseWriter, header string, f Fault) {
	t.count(func() { t.refused++ })
	sendXML(w, http.StatusInternalServerError, faultXML(header, f))
}

func (t *Server) count(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	do()
}

// run checks a request and does what it asks for.
func (t *Server) run(q *Request, kind string, e envelope) (map[string]string, error) {
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
	if q.Args, err = o.check(e.arguments); err != nil {
		return nil, err
	}
	if f, ok := t.failure(o.name, q.Args); ok {
		return nil, f
	}
	if t.factor.guards(o.name) && !t.factor.grants(q) {
		return nil, needsFactor
	}
	if do, ok := ownActions[o.title()]; ok {
		return do(q)
	}
	return t.opt.Actions[o.title()](q)
}

// ownActions are what the Server does itself, by "service#action": the services of the
// device, of logins and of rights.
var ownActions = map[string]Action{}

// implement adds the actions of a service to ownActions. It is called at the start of
// the program alone.
func implement(service string, list map[string]Action) bool {
	for name, do := range list {
		ownActions[service+"#"+name] = do
	}
	return true
}

// check compares the arguments with the description. Capital and small letters
// mean the same: fritzconnection says NewPhonebookId, and boxes take it.
func (o *operation) check(given []argumentValue) (map[string]string, error) {
	args := map[string]string{}
	for _, a := range given {
		i := slices.IndexFunc(o.in, func(p parameter) bool { return strings.EqualFold(p.name, a.name) })
		if i < 0 {
			return nil, InvalidArgs
		}
		p := o.in[i]
		if _, twice := args[p.name]; twice || !p.takes(a.value) {
			return nil, InvalidArgs
		}
		args[p.name] = a.value
	}
	if len(args) != len(o.in) {
		return nil, InvalidArgs
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
