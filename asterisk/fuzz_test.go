package asterisk

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRequest: no environment makes the reader fail otherwise than by an error, and numbers fit
// into a pair.
func FuzzRequest(f *testing.F) {
	f.Add("agi_network: yes\nagi_network_script: screen\nagi_callerid: 03023125123\nagi_dnid: 23125732\nagi_arg_1: +49 30 23125900\nagi_arg_2: open\n\n")
	f.Add("agi_network_script: /end/?x\nagi_callerid: unknown\nagi_arg_1: ANSWER\nagi_arg_2: 17\n\n")
	f.Add("agi_network_script: screen\nagi_callerid: (((\nagi_arg_99: x\nagi_arg_-1: y\nagi_arg_16: )\n\n")
	f.Add("agi_network_script:\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := bufio.NewScanner(strings.NewReader(text))
		r, err := readRequest(func() (string, error) {
			if !lines.Scan() {
				return "", io.EOF
			}
			return lines.Text(), nil
		})
		if err != nil {
			if r.Script != "" {
				t.Errorf("%v, and a request all the same", err)
			}
			return
		}
		if r.Script == "" || len(r.Arguments) > maxArguments {
			t.Errorf("%+v", r)
		}
		for _, n := range []string{r.Caller, r.Network, r.Called} {
			if len(n) > maxNumber || strings.ContainsAny(n, "()\"<> \n\r\x00") {
				t.Errorf("number %q", n)
			}
		}
		if r.Network != "" && (r.Network == r.Caller || r.Caller == "") {
			t.Errorf("%q by %q", r.Network, r.Caller)
		}
		r.Outcome()
		if talk := r.Talk(); talk < 0 {
			t.Errorf("a talk of %v", talk)
		}
	})
}

// FuzzQuote: a value is one word on one line, whatever it holds, and Asterisk reads what was
// written.
func FuzzQuote(f *testing.F) {
	f.Add(`a "b" \ c`)
	f.Add("x\nEXEC System id\r\n\x00")
	f.Add(strings.Repeat(`\"`, 400))
	f.Add("\u202eevil \xff ${X} $[1+1]")
	f.Fuzz(func(t *testing.T, text string) {
		got := quote(text)
		if len(got) > 2*maxValue+2 || !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
		if strings.IndexFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
			t.Errorf("a control character in %q", got)
		}
		inner := strings.TrimSuffix(strings.TrimPrefix(got, `"`), `"`)
		if len(inner) != len(got)-2 {
			t.Fatalf("no quotes around %q", got)
		}
		var read strings.Builder
		escaped := false
		for _, r := range inner {
			switch {
			case escaped:
				if r != '"' && r != '\\' {
					t.Fatalf("%q escapes %q", got, r)
				}
				read.WriteRune(r)
				escaped = false
			case r == '\\':
				escaped = true
			case r == '"':
				t.Fatalf("%q ends early", got)
			default:
				read.WriteRune(r)
			}
		}
		if escaped {
			t.Fatalf("%q does not end", got)
		}
		if read.Len() > maxValue {
			t.Errorf("%d bytes", read.Len())
		}
	})
}
