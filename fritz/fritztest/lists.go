package fritztest

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

const (
	sessionLife = 20 * time.Minute // of a session id, from its last use on
	maxSessions = 1000
)

// link makes the URL of a list, with a session of its own.
func (q *request) link(file, query string) string {
	url := q.base + "/" + file + "?sid=" + q.t.session(q.uptime)
	if query != "" {
		url += "&" + query
	}
	return url
}

// session opens a session; old ones go. t.mu is held.
func (t *tr064) session(now time.Time) string {
	for sid, used := range t.sessions {
		if now.Sub(used) > sessionLife || len(t.sessions) > maxSessions {
			delete(t.sessions, sid)
		}
	}
	sid := hexDigits(8)
	t.sessions[sid] = now
	return sid
}

// ExpireSessions makes the URLs given so far worthless, as time does.
func (b *Box) ExpireSessions() { b.tr064.edit(func(t *tr064) { clear(t.sessions) }) }

// LoginPage says what an expired URL gets: a page with status 200, or 403. Which of
// them a real box answers is not known.
func (b *Box) LoginPage(on bool) { b.tr064.edit(func(t *tr064) { t.loginPage = on }) }

// list serves the lists that URLs with a session lead to. It reports whether the
// path is one of theirs.
func (t *tr064) list(w http.ResponseWriter, r *http.Request) bool {
	var write func(query func(string) string, wall time.Time) (kind, body string)
	switch r.URL.Path {
	case "/phonebook.lua":
		write = t.phonebookList
	case "/calllist.lua":
		write = t.callList
	case "/tamcalllist.lua":
		write = t.messageList
	case "/download.lua":
		write = t.download
	default:
		return false
	}
	uptime, wall := t.now()
	values := r.URL.Query()
	t.mu.Lock()
	sid := cmp.Or(values.Get("sid"), values.Get("tr064sid"))
	used, known := t.sessions[sid]
	good := known && uptime.Sub(used) <= sessionLife
	var kind, body string
	if good {
		t.sessions[sid] = uptime
		kind, body = write(values.Get, wall)
		t.lists[r.URL.Path[1:]]++
	} else {
		delete(t.sessions, sid)
	}
	status := http.StatusForbidden
	if t.loginPage {
		status = http.StatusOK
	}
	t.mu.Unlock()
	switch {
	case !good:
		page(w, status, http.StatusText(status), "login")
	case body == "":
		page(w, http.StatusNotFound, "Not Found", "ERR_NOT_FOUND")
	default:
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(body)) // the client is gone
	}
	return true
}

const listType = `text/xml; charset="utf-8"`

// phonebookList writes phonebook.lua: pbid, max, timestamp.
func (t *tr064) phonebookList(query func(string) string, _ time.Time) (kind, body string) {
	id, err := strconv.Atoi(query("pbid"))
	if err != nil {
		id = 0
	}
	k, err := t.bookAt(id)
	if err != nil {
		return "", ""
	}
	most, _ := strconv.Atoi(query("max")) // 0: all
	return listType, k.xml(id, most, query("timestamp"))
}
