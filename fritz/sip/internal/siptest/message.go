package siptest

import (
	"bufio"
	"bytes"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
)

// Message is a SIP message as it stood on the wire.
type Message struct {
	// Method is that of a request; "" = it is a response.
	Method, URI string
	// Status is that of a response; 0 = it is a request.
	Status int
	Reason string
	Header textproto.MIMEHeader
	Body   string
	Raw    string
}

// parse reads one whole message, and is strict: lines end with CRLF, Content-Length is
// there and right.
func parse(raw string) (*Message, error) {
	head, body, ok := strings.Cut(raw, "\r\n\r\n")
	if !ok {
		return nil, fmt.Errorf("no empty line ends the header")
	}
	first, lines, _ := strings.Cut(head, "\r\n")
	m := &Message{Header: make(textproto.MIMEHeader), Body: body, Raw: raw}
	words := strings.SplitN(first, " ", 3)
	switch {
	case len(words) != 3:
		return nil, fmt.Errorf("first line %q", first)
	case words[0] == "SIP/2.0":
		status, err := strconv.Atoi(words[1])
		if err != nil || status < 100 || status > 699 {
			return nil, fmt.Errorf("status %q", words[1])
		}
		m.Status, m.Reason = status, words[2]
	case words[2] == "SIP/2.0":
		m.Method, m.URI = words[0], words[1]
	default:
		return nil, fmt.Errorf("first line %q", first)
	}
	for line := range strings.SplitSeq(lines, "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(line, "\r\n\x00") {
			return nil, fmt.Errorf("header line %q", line)
		}
		m.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Content-Length"} {
		if len(m.Header.Values(name)) == 0 {
			return nil, fmt.Errorf("no %s", name)
		}
	}
	if n, err := strconv.Atoi(m.Get("Content-Length")); err != nil || n != len(body) {
		return nil, fmt.Errorf("Content-Length %q, body of %d bytes", m.Get("Content-Length"), len(body))
	}
	return m, nil
}

// readMessage reads the next message of a stream; keepalives (CRLF) are skipped.
func readMessage(r *bufio.Reader) (string, error) {
	var raw bytes.Buffer
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if raw.Len() == 0 && line == "\r\n" {
			continue
		}
		raw.WriteString(line)
		if line == "\r\n" {
			break
		}
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length > 65535 {
				return "", fmt.Errorf("Content-Length %q", value)
			}
		}
	}
	for range length {
		b, err := r.ReadByte()
		if err != nil {
			return "", err
		}
		raw.WriteByte(b)
	}
	return raw.String(), nil
}

// Get is the first value of a header; "" = there is none.
func (m *Message) Get(name string) string { return m.Header.Get(name) }

// CSeq is the number and the method of CSeq.
func (m *Message) CSeq() (int, string) {
	number, method, _ := strings.Cut(m.Get("CSeq"), " ")
	n, _ := strconv.Atoi(number)
	return n, method
}

// Param is a parameter of a header, such as tag of To; "" = it has none.
func (m *Message) Param(header, name string) string { return param(m.Get(header), name) }

// param finds a parameter behind the address of a header.
func param(value, name string) string {
	if _, after, ok := strings.Cut(value, ">"); ok {
		value = after
	}
	for part := range strings.SplitSeq(value, ";") {
		if n, v, _ := strings.Cut(strings.TrimSpace(part), "="); n == name {
			return v
		}
	}
	return ""
}

// address is what stands between < and > of a header.
func address(value string) string {
	_, after, ok := strings.Cut(value, "<")
	if !ok {
		after, _, _ = strings.Cut(value, ";")
		return strings.TrimSpace(after)
	}
	before, _, _ := strings.Cut(after, ">")
	return before
}

// String is the kind of message: "200 INVITE", "BYE".
func (m *Message) String() string {
	if m.Status == 0 {
		return m.Method
	}
	_, method := m.CSeq()
	return fmt.Sprintf("%d %s", m.Status, method)
}

// compose writes a message; Content-Length is added.
func compose(first string, lines []string, body string) string {
	return first + "\r\n" + strings.Join(lines, "\r\n") + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}
