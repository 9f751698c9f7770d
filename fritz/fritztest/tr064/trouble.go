package tr064

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Trouble is something that goes wrong with answers of TR-064.
type Trouble struct {
	Kind  string        // one of TroubleKinds
	At    string        // an action, or a file such as phonebook.lua; "" = everywhere; see below
	Times int           // how often; 0 = until it is taken back
	By    time.Duration // of "slow": how much, default 2 s
	Code  int           // of "fail": the UPnP error code
	Body  string        // of "body": what is answered
}

// at reports whether a trouble is due at a place. A file may be that of one argument alone,
// "phonebook.lua?pbid=1"; with "fail" an action too, "GetPhonebook?NewPhonebookID=1".
func (x *Trouble) at(place string, argument func(string) string) bool {
	name, one, limited := strings.Cut(x.At, "?")
	if limited && name == place {
		key, value, _ := strings.Cut(one, "=")
		return argument(key) == value
	}
	return x.At == "" || x.At == place
}

// TroubleKinds lists what Trouble can be, by name.
func TroubleKinds() []string {
	return []string{"slow", "silence", "headonly", "close", "503", "short", "long", "garbage", "endless", "html", "chunked", "401", "403", "404", "500", "redirect", "stale", "empty", "cut", "body", "fail"}
}

// TroubleHelp says what each kind does, for Help.
const TroubleHelp = `what answers are like from now on: slow (by TIME); silence: none; headonly: a header and no body; close: the connection ends; 503: busy; short, long: fewer or more bytes than Content-Length says; garbage: no XML; endless: XML without an end; html: a page with status 200; chunked: no Content-Length; 401: no login is good; 403, 404, 500, redirect: a page with that status; stale: every nonce is too old; empty: no byte with status 200; cut: the first half, as if it were all`

// Trouble makes something go wrong from now on, in addition to earlier troubles.
func (t *Server) Trouble(x Trouble) error {
	if !slices.Contains(TroubleKinds(), x.Kind) {
		return fmt.Errorf("no trouble is named %q; there are %s", x.Kind, strings.Join(TroubleKinds(), ", "))
	}
	if x.By <= 0 {
		x.By = 2 * time.Second
	}
	t.edit(func() { t.troubles = append(t.troubles, &x) })
	return nil
}

// Fail makes an action answer with a UPnP error code; times 0 = until Heal.
func (t *Server) Fail(code int, action string, times int) {
	_ = t.Trouble(Trouble{Kind: "fail", At: action, Times: times, Code: code}) // the kind exists
}

// Heal takes back every Trouble and Fail.
func (t *Server) Heal() { t.edit(func() { t.troubles = nil }) }

// TR064Access switches the access for applications in the box's menu: off, every
// action answers 401 Invalid Action, and there are no descriptions.
func (t *Server) TR064Access(on bool) { t.edit(func() { t.off = !on }) }

// Absent says whether this model has an action.
func (t *Server) Absent(action string, absent bool) {
	t.edit(func() {
		if absent {
			t.absent[action] = true
		} else {
			delete(t.absent, action)
		}
	})
}

// URLHost makes the URLs of lists point to another host, as a hostile box would;
// "" takes it back.
func (t *Server) URLHost(host string) { t.edit(func() { t.urlHost = host }) }

// listBase is the address that URLs have. t.mu is held.
func (t *Server) listBase(base string) string {
	if t.urlHost == "" {
		return base
	}
	scheme, _, _ := strings.Cut(base, "://")
	return scheme + "://" + t.urlHost
}

// next takes the first trouble of these kinds that is due at a place, and counts it
// down. t.mu is held.
func (t *Server) next(place string, argument func(string) string, kinds func(string) bool) *Trouble {
	for i, x := range t.troubles {
		if !kinds(x.Kind) || !x.at(place, argument) {
			continue
		}
		if x.Times > 0 {
			if x.Times--; x.Times == 0 {
				t.troubles = slices.Delete(t.troubles, i, i+1)
			}
		}
		t.troubled++
		return x
	}
	return nil
}

// failure is the fault that an action has been told to answer with. t.mu is held.
func (t *Server) failure(action string, args map[string]string) (Fault, bool) {
	x := t.next(action, func(name string) string { return args[name] }, func(kind string) bool { return kind == "fail" })
	if x == nil {
		return 0, false
	}
	return Fault(x.Code), true
}

// applyTroubles does to an answer what is due. It returns the writer to go on with, or nil
// if the answer is given already.
func (t *Server) applyTroubles(w http.ResponseWriter, r *http.Request, place string) http.ResponseWriter {
	var due []*Trouble
	t.mu.Lock()
	for _, kind := range TroubleKinds() {
		if kind == "fail" {
			continue
		}
		if x := t.next(place, r.URL.Query().Get, func(k string) bool { return k == kind }); x != nil {
			due = append(due, x)
		}
	}
	t.mu.Unlock()
	for _, x := range due {
		switch x.Kind {
		case "slow":
			if !t.pause(r, x.By) {
				return nil
			}
		case "silence":
			t.waitForEnd(r)
			panic(http.ErrAbortHandler)
		case "headonly":
			w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
			w.Header().Set("Content-Length", "4096")
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			t.waitForEnd(r)
			panic(http.ErrAbortHandler)
		case "close":
			panic(http.ErrAbortHandler)
		case "503":
			page(w, http.StatusServiceUnavailable, "Service Unavailable", "ERR_NONE")
			return nil
		case "401", "stale":
			uptime, _ := t.opt.Now()
			t.challenge(w, x.Kind == "stale", uptime)
			return nil
		case "403", "404", "500":
			status, _ := strconv.Atoi(x.Kind)
			page(w, status, http.StatusText(status), "ERR_NONE")
			return nil
		case "redirect":
			w.Header().Set("Location", "/login.lua")
			page(w, http.StatusFound, "Found", "login")
			return nil
		case "empty", "body":
			sendXML(w, http.StatusOK, x.Body)
			return nil
		case "garbage":
			sendXML(w, http.StatusOK, "\x00\xff<<not & xml")
			return nil
		case "html":
			page(w, http.StatusOK, "OK", "login")
			return nil
		case "endless":
			t.endless(w, r)
			return nil
		default:
			w = &wrongLength{ResponseWriter: w, how: x.Kind}
		}
	}
	return w
}

// waitForEnd waits until the client or the box goes away. The request's body is read before,
// since the server looks for the end of the connection only then.
func (t *Server) waitForEnd(r *http.Request) {
	_, _ = io.CopyN(io.Discard, r.Body, maxSOAP)
	select {
	case <-r.Context().Done():
	case <-t.closed:
	}
}

// pause waits and reports whether there is still somebody to answer.
func (t *Server) pause(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
	case <-t.closed:
	}
	return false
}

// endless sends a phonebook that does not end, 1 GiB at most.
func (t *Server) endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
	text := Prolog + `<phonebooks><phonebook owner="0" name="Telefonbuch">`
	contacts := []byte(strings.Repeat("<contact><person><realName>x</realName></person></contact>\n", 1000))
	if _, err := w.Write([]byte(text)); err != nil {
		return
	}
	for sent := 0; sent < 1<<30 && r.Context().Err() == nil; sent += len(contacts) {
		if _, err := w.Write(contacts); err != nil {
			return
		}
	}
}

// wrongLength is a writer whose answers have another length than they say, or say none.
type wrongLength struct {
	http.ResponseWriter
	how    string
	status int
}

// WriteHeader changes the length of the answer.
func (l *wrongLength) WriteHeader(status int) {
	l.status = status
	h := l.Header()
	n, err := strconv.Atoi(h.Get("Content-Length"))
	switch {
	case l.how == "chunked":
		h.Del("Content-Length")
	case err != nil:
	case l.how == "short":
		h.Set("Content-Length", strconv.Itoa(n+100)) // fewer come, then the connection ends
	case l.how == "long":
		h.Set("Content-Length", strconv.Itoa(max(0, n-20)))
		return // until Write
	case l.how == "cut":
		h.Set("Content-Length", strconv.Itoa(n/2))
	}
	l.ResponseWriter.WriteHeader(status)
	if l.how == "chunked" {
		_ = http.NewResponseController(l.ResponseWriter).Flush() // before the length is known
	}
}

// Write sends all of a body that is too long, which the server itself refuses to do, or the
// first half of it.
func (l *wrongLength) Write(body []byte) (int, error) {
	switch l.how {
	case "cut":
		if _, err := l.ResponseWriter.Write(body[:len(body)/2]); err != nil {
			return 0, err
		}
		return len(body), nil
	case "long":
	default:
		return l.ResponseWriter.Write(body)
	}
	conn, _, err := http.NewResponseController(l.ResponseWriter).Hijack()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var head strings.Builder
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", l.status, http.StatusText(l.status))
	_ = l.Header().Write(&head) // a strings.Builder takes everything
	return conn.Write([]byte(head.String() + "\r\n" + string(body)))
}

// Unwrap gives http.ResponseController what it needs.
func (l *wrongLength) Unwrap() http.ResponseWriter { return l.ResponseWriter }
