package sip

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxMessage bounds a message of a phone, in bytes.
const maxMessage = 64 << 10

// field is one header line.
type field struct{ name, value string }

// message is a request (method) or a response (status).
type message struct {
	method, uri string
	status      int
	reason      string
	fields      []field
	body        string
}

// compact are the short names of RFC 3261, 7.3.3.
var compact = map[string]string{
	"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type",
	"k": "Supported", "s": "Subject", "e": "Content-Encoding",
}

// parseMessage reads a whole message: as much of the body as Content-Length says.
func parseMessage(raw string) (*message, error) {
	head, body, ok := strings.Cut(raw, "\r\n\r\n")
	if !ok {
		return nil, errors.New("no empty line ends the header")
	}
	lines := strings.Split(head, "\r\n")
	m := &message{}
	if err := m.startLine(lines[0]); err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(m.fields) > 0 {
			m.fields[len(m.fields)-1].value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || name == "" || strings.ContainsAny(name, " \t<>\"") {
			return nil, fmt.Errorf("header line %.40q has no name", line)
		}
		if long := compact[strings.ToLower(name)]; long != "" {
			name = long
		}
		m.fields = append(m.fields, field{name, strings.TrimSpace(value)})
	}
	m.body = body
	if length := m.get("Content-Length"); length != "" {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > len(body) {
			return nil, fmt.Errorf("Content-Length %.20q does not fit a body of %d bytes", length, len(body))
		}
		m.body = body[:n]
	}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		if m.get(name) == "" {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	if _, method := m.cseq(); method == "" || m.method != "" && method != m.method {
		return nil, fmt.Errorf("CSeq %.40q does not fit %s", m.get("CSeq"), m)
	}
	return m, nil
}

func (m *message) startLine(line string) error {
	words := strings.SplitN(line, " ", 3)
	if len(words) != 3 {
		return fmt.Errorf("start line %.60q has too few words", line)
	}
	if words[0] == "SIP/2.0" {
		status, err := strconv.Atoi(words[1])
		if err != nil || status < 100 || status > 699 {
			return fmt.Errorf("status %.10q is none", words[1])
		}
		m.status, m.reason = status, words[2]
		return nil
	}
	if words[2] != "SIP/2.0" || words[0] != strings.ToUpper(words[0]) {
		return fmt.Errorf("start line %.60q is none of SIP/2.0", line)
	}
	m.method, m.uri = words[0], words[1]
	return nil
}

// String names a message as log lines and violations do.
func (m *message) String() string {
	if m.method != "" {
		return m.method
	}
	_, method := m.cseq()
	return fmt.Sprintf("%d to %s", m.status, method)
}

// kind names a message as packet troubles do.
func (m *message) kind() string {
	if m.method != "" {
		return strings.ToLower(m.method)
	}
	return strconv.Itoa(m.status)
}

// get returns the first value of a header, "" if it is absent.
func (m *message) get(name string) string {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// set gives a header one value; "" takes it away.
func (m *message) set(name, value string) {
	at := slices.IndexFunc(m.fields, func(f field) bool { return strings.EqualFold(f.name, name) })
	switch {
	case at >= 0 && value == "":
		m.fields = slices.Delete(m.fields, at, at+1)
	case at >= 0:
		m.fields[at].value = value
	case value != "":
		m.fields = append(m.fields, field{name, value})
	}
}

func (m *message) add(name, value string) { m.fields = append(m.fields, field{name, value}) }

// cseq returns number and method of CSeq; the method is "" if they cannot be read.
func (m *message) cseq() (int, string) {
	number, method, _ := strings.Cut(m.get("CSeq"), " ")
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return 0, ""
	}
	return int(n), strings.TrimSpace(method)
}

// text is the message as it goes out.
func (m *message) text() string {
	var s strings.Builder
	if m.method != "" {
		fmt.Fprintf(&s, "%s %s SIP/2.0\r\n", m.method, m.uri)
	} else {
		fmt.Fprintf(&s, "SIP/2.0 %d %s\r\n", m.status, m.reason)
	}
	for _, f := range m.fields {
		fmt.Fprintf(&s, "%s: %s\r\n", f.name, f.value)
	}
	fmt.Fprintf(&s, "Content-Length: %d\r\n\r\n%s", len(m.body), m.body)
	return s.String()
}

// uriOf returns the URI of a name-addr or addr-spec, without the parameters behind it.
func uriOf(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// param returns a parameter behind a name-addr, or of a URI or Via.
func param(value, name string) string {
	if at := strings.LastIndex(value, ">"); at >= 0 {
		value = value[at:]
	}
	for _, p := range strings.Split(value, ";")[1:] {
		if key, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// splitURI takes sip:user@host:port;params apart. The port is "" if there is none.
func splitURI(uri string) (user, host, port string) {
	_, rest, _ := strings.Cut(uri, ":")
	rest, _, _ = strings.Cut(rest, ";")
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, rest = rest[:at], rest[at+1:]
	}
	if strings.HasPrefix(rest, "[") {
		host, port, _ = strings.Cut(rest[1:], "]")
		return user, host, strings.TrimPrefix(port, ":")
	}
	host, port, _ = strings.Cut(rest, ":")
	return user, host, port
}
