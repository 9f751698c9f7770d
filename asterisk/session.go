package asterisk

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
)

// maxAnswer is how many lines one answer may have: the help of a command is the longest.
const maxAnswer = 64

// session is one connection of an Asterisk.
type session struct {
	conn  net.Conn
	lines *bufio.Reader
}

func newSession(conn net.Conn) *session {
	return &session{conn, bufio.NewReaderSize(conn, maxLine)}
}

var errLongLine = errors.New("a line is too long")

// line reads a line, without its end.
func (s *session) line() (string, error) {
	line, err := s.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errLongLine
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// commandError is an answer that refuses a command: 510, 511 or 520.
type commandError struct{ code string }

func (e *commandError) Error() string { return "Asterisk answers " + e.code }

// command gives a command and reads the answer. What Asterisk says beside the code is not kept:
// it may hold a number.
func (s *session) command(text string) error {
	if _, err := s.conn.Write([]byte(text + "\n")); err != nil {
		return err
	}
	long := "" // the code of an answer of several lines
	for range maxAnswer {
		line, err := s.line()
		switch {
		case err != nil:
			return err
		case long != "":
			if strings.HasPrefix(line, long+" ") {
				return &commandError{long}
			}
		case line == "HANGUP": // the answer follows all the same
		case strings.HasPrefix(line, "200 "):
			return nil
		case len(line) >= 4 && line[3] == '-' && digits(line[:3]):
			long = line[:3]
		case len(line) >= 3 && digits(line[:3]):
			return &commandError{line[:3]}
		default:
			return errors.New("that is no answer")
		}
	}
	return errors.New("an answer is too long")
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// set sets a variable of the channel.
func (s *session) set(v Variable) error {
	if err := s.command("SET VARIABLE " + v.Name + " " + quote(v.Value)); err != nil {
		return fmt.Errorf("set %s: %w", v.Name, err)
	}
	return nil
}

// say writes a line on the console of Asterisk.
func (s *session) say(text string) error { return s.command("VERBOSE " + quote(text) + " 1") }
