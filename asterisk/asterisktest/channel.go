// Package asterisktest is an Asterisk as a FastAGI server meets it, for tests: the environment of
// version 22, and its answers to commands. It shares no code with the server.
package asterisktest

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

const patience = 10 * time.Second

// Channel is one connection of an Asterisk: it sends the environment of version 22 and carries
// commands out as that does.
type Channel struct {
	testing.TB
	Variables map[string]string
	Said      []string // by VERBOSE
	Commands  int

	conn   net.Conn
	lines  *bufio.Reader
	Answer func(command string) string // in the place of the usual answers; "" = the usual one
}

// UniqueID is that of the channel in an Environment.
const UniqueID = "1767225600.7"

// Environment is that of Asterisk 22: with one argument 23 lines and the empty one.
func Environment(script, caller string, arguments ...string) string {
	var b strings.Builder
	for _, line := range []string{
		"agi_network: yes", "agi_network_script: " + script, "agi_request: agi://127.0.0.1/" + script, "agi_channel: PJSIP/provider-00000007",
		"agi_language: de", "agi_type: PJSIP", "agi_uniqueid: " + UniqueID, "agi_version: 22.10.1", "agi_callerid: " + caller,
		"agi_calleridname: unknown", "agi_callingpres: 0", "agi_callingani2: 0", "agi_callington: 0", "agi_callingtns: 0",
		"agi_dnid: 23125732", "agi_rdnis: unknown", "agi_context: callporter", "agi_extension: s", "agi_priority: 4", "agi_enhanced: 0.0",
		"agi_accountcode: ", "agi_threadid: 140052",
	} {
		b.WriteString(line + "\n")
	}
	for i, a := range arguments {
		fmt.Fprintf(&b, "agi_arg_%d: %s\n", i+1, a)
	}
	return b.String() + "\n"
}

// Dial connects and sends an environment.
func Dial(t testing.TB, address, environment string) *Channel {
	t.Helper()
	conn := testkit.Dial(t, "tcp", address, patience)
	c := &Channel{TB: t, conn: conn, lines: bufio.NewReader(conn), Variables: map[string]string{}}
	if _, err := conn.Write([]byte(environment)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Run carries commands out until the server hangs up.
func (c *Channel) Run() {
	c.Helper()
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			if line != "" {
				c.Errorf("half a command: %q", line)
			}
			return
		}
		c.Commands++
		answer := ""
		if c.Answer != nil {
			answer = c.Answer(line)
		}
		if answer == "" {
			answer = c.CarryOut(strings.TrimSuffix(line, "\n"))
		}
		if _, err := c.conn.Write([]byte(answer)); err != nil {
			return
		}
	}
}

// CarryOut carries one command out, without its line end, and returns the answer.
func (c *Channel) CarryOut(command string) string {
	words, ok := split(command)
	switch {
	case ok && len(words) == 4 && words[0] == "SET" && words[1] == "VARIABLE":
		c.Variables[words[2]] = words[3]
		return "200 result=1\n"
	case ok && len(words) == 3 && words[0] == "VERBOSE":
		c.Said = append(c.Said, words[1])
		return "200 result=1\n"
	case ok && len(words) > 0 && (words[0] == "SET" || words[0] == "VERBOSE"):
		return "520-Invalid command syntax.  Proper usage follows:\n Usage: …\n520 End of proper usage.\n"
	}
	return "510 Invalid or unknown command\n"
}

// split takes a command apart as Asterisk does: quotes and backslashes are undone.
func split(command string) (words []string, ok bool) {
	var word strings.Builder
	quoted, escaped, begun := false, false, false
	for _, b := range []byte(command) {
		switch {
		case escaped:
			word.WriteByte(b)
			escaped = false
		case b == '\\':
			escaped, begun = true, true
		case b == '"':
			quoted, begun = !quoted, true
		case b == ' ' && !quoted:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteByte(b)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words, !quoted && !escaped
}
