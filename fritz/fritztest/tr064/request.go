package tr064

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Request is an action that is being asked for.
type Request struct {
	Args   map[string]string // checked against the description, by name: "NewIndex"
	Wall   time.Time         // what the box's clock shows
	Before func()            // set by the action: called before the answer is sent, without Options.Mu

	server    *Server
	operation *operation
	user      *account // nil: nobody logged in
	base      string   // scheme, address and port that the box was asked by
	token     string   // of the second factor
	uptime    time.Time
	after     func() // called after the answer was sent, without Options.Mu
}

// Int returns a number argument, or -1 if it is empty.
func (q *Request) Int(name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(q.Args[name]))
	if err != nil {
		return -1
	}
	return n
}

// On returns a boolean argument.
func (q *Request) On(name string) bool {
	return q.Args[name] == "1" || strings.EqualFold(q.Args[name], "true")
}

// Link makes the URL of a file of Options.Files, with a session of its own.
func (q *Request) Link(file, query string) string {
	url := q.base + "/" + file + "?sid=" + q.server.session(q.uptime)
	if query != "" {
		url += "&" + query
	}
	return url
}

// Open reports whether the box has no users and so is open to everybody.
func (q *Request) Open() bool { return len(q.server.users) == 0 }

// maxWritten bounds the writes that State remembers.
const maxWritten = 32

// Wrote notes for State what the action has changed.
func (q *Request) Wrote(what string) {
	t := q.server
	t.writes++
	if len(t.written) == maxWritten {
		t.written = t.written[1:]
	}
	who := "nobody"
	if q.user != nil {
		who = q.user.Name
	}
	t.written = append(t.written, who+" "+q.operation.name+cmp.Or(" "+what, ""))
}
