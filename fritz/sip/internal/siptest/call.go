package siptest

import (
	"fmt"
	"slices"
	"strings"
)

// Caller is how an INVITE looks; the zero value is an outside call.
type Caller struct {
	From   string // user part of From; "" = 03023125001
	Name   string // display name, without quotes
	Called string // user part of P-Called-Party-ID; "" = 03023125069; "-" = no such header
	SDP    string // "" = SDP; "-" = no body
	// Header are lines in the place of those with the same name; "Name:" alone leaves it out.
	Header []string
}

// SDP is the offer of a box.
const SDP = "v=0\r\no=user 8030809 8030809 IN IP4 127.0.0.1\r\ns=call\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 7078 RTP/AVP 9 8 0 120 121 101\r\na=rtpmap:120 PCMA/16000\r\na=rtpmap:121 PCMU/16000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"

// Call is a call of the box to the phone.
type Call struct {
	box                            *Box
	ID, FromTag                    string
	from, to, contact, branch, uri string
	invite                         string // as it went out
	seq                            int    // of the last request of the box
	inviteSeq                      int
	body                           string

	// Behind the mutex of the box.
	got    []*Message
	toTag  string
	target string // Contact of the phone
}

// NewCall prepares a call to the phone that has registered, and sends nothing.
func (b *Box) NewCall(c Caller) *Call {
	b.t.Helper()
	uri := b.Registered()
	call := &Call{
		box: b, ID: strings.ToUpper(randomHex(8)) + "@" + b.Host(), FromTag: strings.ToUpper(randomHex(8)),
		branch: "z9hG4bK" + strings.ToUpper(randomHex(8)), uri: uri, seq: 14, inviteSeq: 14,
		contact: "sip:" + strings.ToUpper(randomHex(15)) + "@" + b.hostport(),
	}
	host := b.Host()
	from := fmt.Sprintf("<sip:%s@fritz.box>", or(c.From, "03023125001"))
	if c.Name != "" {
		from = `"` + c.Name + `" ` + from
	}
	call.from = from + ";tag=" + call.FromTag
	call.to = "<" + uri + ">"
	call.body = or(c.SDP, SDP)
	if strings.Contains(host, ":") && c.SDP == "" {
		call.body = strings.ReplaceAll(SDP, "IP4 127.0.0.1", "IP6 ::1")
	}
	lines := call.lines("INVITE", call.branch, call.seq, "")
	lines = append(lines,
		"Contact: <"+call.contact+">",
		"P-Called-Party-ID: <sip:"+or(c.Called, "03023125069")+"@fritz.box>",
		"Expires: 120",
		"Session-Expires: 600;refresher=uac",
		"Min-SE: 90",
		"User-Agent: AVM FRITZ!Box 7590 154.07.57 (Sep  2 2023)",
		"Supported: 100rel,replaces,timer",
		"Allow-Events: telephone-event,refer",
		"Allow: INVITE,ACK,OPTIONS,CANCEL,BYE,UPDATE,PRACK,INFO,SUBSCRIBE,NOTIFY,REFER,MESSAGE,PUBLISH",
		"Content-Type: application/sdp",
		"Accept: application/sdp, multipart/mixed",
		"Accept-Encoding: identity")
	if c.Called == "-" {
		lines = replace(lines, "P-Called-Party-ID:")
	}
	if c.SDP == "-" {
		call.body = ""
		lines = replace(lines, "Content-Type:")
	}
	for _, h := range c.Header {
		lines = replace(lines, h)
	}
	call.invite = compose("INVITE "+uri+" SIP/2.0", lines, call.body)
	b.mu.Lock()
	b.calls[call.ID] = call
	b.mu.Unlock()
	return call
}

// Invite rings the phone.
func (b *Box) Invite(c Caller) *Call {
	b.t.Helper()
	call := b.NewCall(c)
	call.Resend()
	return call
}

// replace puts a header line in the place of those with its name, or adds it.
func replace(lines []string, line string) []string {
	name, value, _ := strings.Cut(line, ":")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, name+":") })
	if value == "" {
		return lines
	}
	return append(lines, line)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// lines are the headers that each request of the box has.
func (c *Call) lines(method, branch string, seq int, toTag string) []string {
	to := c.to
	if toTag != "" {
		to += ";tag=" + toTag
	}
	return []string{
		"Via: SIP/2.0/" + c.box.transport() + " " + c.box.hostport() + ";branch=" + branch,
		"From: " + c.from, "To: " + to, "Call-ID: " + c.ID,
		fmt.Sprintf("CSeq: %d %s", seq, method), "Max-Forwards: 70",
	}
}

// Resend sends the INVITE as it is, once more.
func (c *Call) Resend() { c.box.Send(c.invite) }

// Raw is the INVITE as it goes out.
func (c *Call) Raw() string { return c.invite }

// Other sends the INVITE with another branch, as if it had come by another way.
func (c *Call) Other() {
	c.box.Send(strings.Replace(c.invite, c.branch, "z9hG4bK"+randomHex(8), 1))
}

// Cancel takes the call back. Lines such as Reason are added.
func (c *Call) Cancel(more ...string) {
	c.box.Send(compose("CANCEL "+c.uri+" SIP/2.0", append(c.lines("CANCEL", c.branch, c.inviteSeq, ""), more...), ""))
}

// Ack acknowledges the last final response to an INVITE of the call. With body it carries SDP.
func (c *Call) Ack(body ...string) {
	final := c.last(func(m *Message) bool { _, method := m.CSeq(); return m.Status >= 200 && method == "INVITE" })
	if final == nil {
		c.box.t.Fatal("there is no final response to acknowledge")
	}
	c.AckTo(final, body...)
}

// AckTo acknowledges a final response to an INVITE.
func (c *Call) AckTo(final *Message, body ...string) {
	seq, _ := final.CSeq()
	uri, branch := c.uri, final.Param("Via", "branch")
	if final.Status < 300 {
		uri, branch = c.remote(), "z9hG4bK"+randomHex(8)
	}
	lines := c.lines("ACK", branch, seq, final.Param("To", "tag"))
	if len(body) > 0 {
		lines = append(lines, "Content-Type: application/sdp")
	}
	c.box.Send(compose("ACK "+uri+" SIP/2.0", lines, strings.Join(body, "")))
}

// Request sends a request inside the dialog, and returns its CSeq.
func (c *Call) Request(method, body string, more ...string) int {
	c.box.mu.Lock()
	c.seq++
	seq, toTag := c.seq, c.toTag
	c.box.mu.Unlock()
	lines := append(c.lines(method, "z9hG4bK"+randomHex(8), seq, toTag), more...)
	if method == "INVITE" || method == "UPDATE" {
		lines = append(lines, "Contact: <"+c.contact+">")
	}
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	c.box.Send(compose(method+" "+c.remote()+" SIP/2.0", lines, body))
	return seq
}

// Rewind makes the next request inside the dialog have the CSeq n.
func (c *Call) Rewind(n int) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	c.seq = n - 1
}

// Tag makes the tag of the phone another one.
func (c *Call) Tag(tag string) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	c.toTag = tag
}

// Contact is the Contact of the box in this call.
func (c *Call) Contact() string { return c.contact }

// remote is where requests inside the dialog go: the Contact of the phone.
func (c *Call) remote() string {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	return or(c.target, c.uri)
}

// Answer answers a request of the phone.
func (c *Call) Answer(m *Message, status int, reason string) {
	c.box.Send(c.box.respond(m, status, reason))
}

// Await waits for the n-th message of a kind, such as "200 INVITE" or "BYE", counted from 1.
func (c *Call) Await(kind string, n int) *Message {
	c.box.t.Helper()
	var found *Message
	c.box.await(fmt.Sprintf("%s comes for the %d. time", kind, n), func() bool {
		left := n
		for _, m := range c.got {
			if m.String() == kind {
				if left--; left == 0 {
					found = m
					return true
				}
			}
		}
		return false
	})
	return found
}

// AwaitAny waits for the n-th response of any status to a method.
func (c *Call) AwaitAny(method string, n int) {
	c.box.t.Helper()
	c.box.await(fmt.Sprintf("%d responses to %s come", n, method), func() bool {
		count := 0
		for _, m := range c.got {
			if _, of := m.CSeq(); m.Status > 0 && of == method {
				count++
			}
		}
		return count >= n
	})
}

// Expect waits for the first message of a kind.
func (c *Call) Expect(kind string) *Message { c.box.t.Helper(); return c.Await(kind, 1) }

// Hangup answers the first BYE of the phone.
func (c *Call) Hangup() { c.box.t.Helper(); c.Answer(c.Expect("BYE"), 200, "OK") }

// Final waits for a final response to the first INVITE of the call.
func (c *Call) Final() *Message {
	c.box.t.Helper()
	var found *Message
	c.box.await("a final response comes", func() bool {
		found = c.lastLocked(func(m *Message) bool {
			seq, method := m.CSeq()
			return m.Status >= 200 && method == "INVITE" && seq == c.inviteSeq
		})
		return found != nil
	})
	return found
}

// Count counts the messages of a kind that have come so far.
func (c *Call) Count(kind string) (n int) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	for _, m := range c.got {
		if m.String() == kind {
			n++
		}
	}
	return n
}

// Kinds are all messages that have come so far, in order.
func (c *Call) Kinds() (kinds []string) {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	return c.kinds()
}

func (c *Call) kinds() (kinds []string) {
	for _, m := range c.got {
		kinds = append(kinds, m.String())
	}
	return kinds
}

func (c *Call) last(is func(*Message) bool) *Message {
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	return c.lastLocked(is)
}

func (c *Call) lastLocked(is func(*Message) bool) *Message {
	for _, m := range slices.Backward(c.got) {
		if is(m) {
			return m
		}
	}
	return nil
}

// check looks whether a message of the phone keeps the rules of the dialog.
func (c *Call) check(m *Message) {
	if m.Status == 0 {
		c.checkRequest(m)
		return
	}
	seq, method := m.CSeq()
	switch {
	case m.Get("From") != c.from:
		c.box.fault("%s changes From %q to %q", m, c.from, m.Get("From"))
	}
	if (method == "INVITE" || method == "CANCEL") && seq == c.inviteSeq {
		if m.Param("Via", "branch") == c.branch && m.Status > 100 && m.Status != 481 {
			c.checkTag(m)
		}
		if m.Status > 100 && m.Status < 300 && method == "INVITE" {
			if c.target = address(m.Get("Contact")); c.target == "" {
				c.box.fault("%s has no Contact", m)
			}
		}
	}
}

// checkTag demands one tag of To in all responses (RFC 3261 8.2.6.2).
func (c *Call) checkTag(m *Message) {
	switch tag := m.Param("To", "tag"); {
	case tag == "":
		c.box.fault("%s has no tag in To", m)
	case c.toTag == "":
		c.toTag = tag
	case c.toTag != tag:
		c.box.fault("%s has another tag in To than before: %s, not %s; %v", m, tag, c.toTag, c.kinds())
	}
}

// checkRequest looks at a request inside the dialog: to the Contact, with From and To
// exchanged and both tags as they were.
func (c *Call) checkRequest(m *Message) {
	switch {
	case m.URI != c.contact && m.Get("Route") == "":
		c.box.fault("%s goes to %s, not to the Contact %s", m, m.URI, c.contact)
	case m.Get("To") != c.from:
		c.box.fault("To of %s is %q, not the From of the INVITE %q", m, m.Get("To"), c.from)
	case m.Get("From") != c.to+";tag="+c.toTag:
		c.box.fault("From of %s is %q, not the To of the INVITE with the tag %q", m, m.Get("From"), c.toTag)
	case m.Get("Max-Forwards") == "":
		c.box.fault("%s has no Max-Forwards", m)
	case !strings.HasPrefix(m.Param("Via", "branch"), "z9hG4bK"):
		c.box.fault("%s has no branch of RFC 3261", m)
	}
}
