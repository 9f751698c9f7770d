package tr064

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

const (
	SessionLife = 20 * time.Minute // of the session id of a URL, from its last use on
	maxSessions = 1000
)

// session opens a session; old ones go. t.mu is held.
func (t *Server) session(now time.Time) string {
	for sid, used := range t.sessions {
		if now.Sub(used) > SessionLife || len(t.sessions) > maxSessions {
			delete(t.sessions, sid)
		}
	}
	sid := hexDigits(8)
	t.sessions[sid] = now
	return sid
}

// ExpireSessions makes the URLs given so far worthless, as time does.
func (t *Server) ExpireSessions() { t.edit(func() { clear(t.sessions) }) }

// LoginPage says what an expired URL gets: a page with status 200, or 403. Which of
// them a real box answers is not known.
func (t *Server) LoginPage(on bool) { t.edit(func() { t.loginPage = on }) }

// file serves the files that URLs with a session lead to. It reports whether the
// path is one of theirs.
func (t *Server) file(w http.ResponseWriter, r *http.Request) bool {
	write, ok := t.opt.Files[r.URL.Path]
	if !ok {
		return false
	}
	uptime, wall := t.opt.Now()
	values := r.URL.Query()
	t.mu.Lock()
	sid := cmp.Or(values.Get("sid"), values.Get("tr064sid"))
	used, known := t.sessions[sid]
	good := known && uptime.Sub(used) <= SessionLife
	var kind, body string
	if good {
		t.sessions[sid] = uptime
		kind, body = write(values.Get, wall)
		t.files[r.URL.Path[1:]]++
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
