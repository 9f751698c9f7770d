package boxscript_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

func parse(text string) (*boxscript.Script, error) {
	return boxscript.Parse("day.script", strings.NewReader(text))
}

// TestParseErrors holds the exact words: where, what, and what is allowed.
func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"wait 1s\n\nring 01713920055x to 23125732",
			`day.script:3: ring: "01713920055x" is not a number of at most 64 digits, + * # ( ) and blanks, or withheld`},
		{"ring 01713920055 23125732",
			`day.script:1: ring: "23125732" stands where "to" belongs; usage: ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]`},
		{"ring 01713920055",
			`day.script:1: ring: "to" is missing; usage: ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]`},
		{"ring 01713920055 to",
			`day.script:1: ring: OWN is missing: a number of at most 64 digits, + * # ( ) and blanks, or withheld; usage: ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]`},
		{"ring 1 to 2 at SIP0",
			`day.script:1: ring: "at" is not expected here; usage: ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]`},
		{"ring 1 to 2 as a as b",
			`day.script:1: ring: "as" is given twice; usage: ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]`},
		{"ring 1 to 2 as",
			`day.script:1: ring: NAME is missing: a name of at most 32 letters, digits, - and _; usage: ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]`},
		{"ring 1 to 2 on SIP;0",
			`day.script:1: ring: "SIP;0" is not a trunk as SIP0, ISDN or POTS, at most 16 letters and digits`},
		{"connect a 100",
			`day.script:1: connect: "100" is not an extension, 0 to 99`},
		{"hangup a x",
			`day.script:1: hangup: "x" is not expected here; usage: hangup NAME [SECONDS] [lost]`},
		{"wait 25h",
			`day.script:1: wait: "25h" is not a time as 20ms, 2.5s, 1m or 1h, at most 24h`},
		{"wait -1s",
			`day.script:1: wait: "-1s" is not a time as 20ms, 2.5s, 1m or 1h, at most 24h`},
		{"slow fast",
			`day.script:1: slow: "fast" is not a time as 20ms, 2.5s, 1m or 1h, at most 24h, or off`},
		{"cut x",
			`day.script:1: cut: "x" is not a count of bytes, negative from the end, or off`},
		{"silence yes",
			`day.script:1: silence: "yes" is not on or off`},
		{"clock 1971",
			`day.script:1: clock: "1971" is not a jump as +1h or -90s, or 1970, now, autumn, spring or "26.10.25 02:59:50"`},
		{"bad luck",
			`day.script:1: bad: "luck" is not one of unknown, fields, id, seconds, latin1, nul, long, stamp, flood, empty, rune`},
		{"garbage 0",
			`day.script:1: garbage: "0" is not a count of bytes, 1 to 1048576`},
		{"strayhangup 1 -1",
			`day.script:1: strayhangup: "-1" is not whole seconds, 0 to 9999999`},
		{"say",
			`day.script:1: say: TEXT is missing: text in quotes; usage: say TEXT...`},
		{`say en "a" de`,
			`day.script:1: say: one text in quotes is wanted, or pairs of language and text: say en "Hello" de "Hallo"`},
		{`say english "a"`,
			`day.script:1: say: "english" is not a language as en or de`},
		{`say en "a" en "b"`,
			`day.script:1: say: en has two texts`},
		{`line "16.06.20`,
			`day.script:1: the closing quote is missing`},
		{`line "a\qb" c`,
			`day.script:1: "a\qb" has an escape that does not exist; allowed are \" \\ \n \r \t \xHH \uHHHH`},
		{`line "a"b`,
			`day.script:1: a blank is missing behind "a"`},
		{`line a"b`,
			`day.script:1: a"b has a quote inside; a quoted word is quoted as a whole, with \" for a quote`},
		{"repeat 0",
			`day.script:1: repeat: "0" is not a count, 1 to 100000`},
		{"repeat 3\nwait 1s",
			`day.script:1: repeat: its end is missing; both belong into one script`},
		{"wait 1s\nend",
			`day.script:2: end: there is no repeat to end`},
		{"repeat 2\nrepeat 2\nrepeat 2\nrepeat 2\nrepeat 2",
			`day.script:5: repeat: more than 4 repeats stand in each other`},
		{"repeat 100000\nrepeat 100000\nrepeat 100000\nrepeat 100000\nflush\nend\nend\nend\nend",
			`day.script: the script runs more than 1000000 commands`},
		{strings.Repeat("flush\n", 10_001),
			`day.script:10001: the script has more than 10000 commands`},
		{"flush\nline " + strings.Repeat("x", 4092),
			`day.script:2: the line is longer than 4096 bytes`},
		{"flush\nline " + strings.Repeat("x", 70_000),
			`day.script:2: the line is longer than 4096 bytes`},
		{"expect a ring end",
			`day.script:1: expect: no command begins a call as a`},
		{"ring 1 to 2 as a\nexpect a ring over",
			`day.script:2: expect: "over" is not one of ring, dial, answer, voicemail, screened, ringing, reject, end, miss, block, lost`},
		{"expect a ring end\nring 1 to 2 as a\nexpect a ring miss",
			`day.script:3: expect: call a is expected in line 1 already`},
		{"expect a ring miss\nring 1 to 2 as a\nhangup a\nring 1 to 2 as a",
			`day.script:1: expect: lines 2 and 4 both begin a call as a; an expected call needs a name of its own`},
		{"expect a ring miss\nrepeat 2\nmissed 1 to 2 as a\nend",
			`day.script:1: expect: call a begins in a repeat`},
		{"repeat 2\nmissed 1 to 2 as a\nexpect a ring miss\nend",
			`day.script:3: expect: it cannot stand in a repeat`},
	} {
		_, err := parse(test.script)
		if err == nil {
			t.Errorf("%.60q is accepted, want: %s", test.script, test.want)
			continue
		}
		if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("%.60q (-want +got):\n%s", test.script, diff)
		}
	}
	_, err := parse("frobnicate")
	if want := `day.script:1: unknown command "frobnicate"; there are ring, dial, connect, `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("an unknown command says %v", err)
	}
	var where *boxscript.Error
	if !errors.As(err, &where) || where.Line != 1 || where.Script != "day.script" || where.Unwrap() == nil {
		t.Errorf("the error is %#v", where)
	}
	if _, err := boxscript.Parse("x", broken{}); err == nil || err.Error() != "read script x: no paper" {
		t.Errorf("a reader that fails says %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no paper") }

func TestScriptLen(t *testing.T) {
	s, err := parse("# nothing\nrepeat 3 # times\n wait 1s\n\trepeat 2\nflush\nend\nend\nflush")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Len(), 1+3*(1+1+1+2*(1+1))+1; got != want {
		t.Errorf("the script runs %d commands, want %d", got, want)
	}
	if s.Name() != "day.script" {
		t.Errorf("the name is %q", s.Name())
	}
}

func TestExpectations(t *testing.T) {
	s, err := parse(`
expect second dial end
expect first ring answer end
expect third ring miss
answered withheld to 23125732 by 10 as first
unanswered 11 from 23125069 to 03023125123 as second
missed 04066969100(03023125900) to 23125069 as third
missed 01713920055 to 23125069 as nobody
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []boxscript.Expectation{
		{"first", false, "", "23125732", []string{"ring", "answer", "end"}},
		{"second", true, "23125069", "03023125123", []string{"dial", "end"}},
		{"third", false, "04066969100(03023125900)", "23125069", []string{"ring", "miss"}},
	}
	if diff := cmp.Diff(want, s.Expectations()); diff != "" {
		t.Errorf("expectations (-want +got):\n%s", diff)
	}
}

// TestHelp holds that each command's usage line is its grammar: what the help
// shows with examples in place of the arguments is accepted.
func TestHelp(t *testing.T) {
	examples := map[string]string{
		"CALLER": "01713920055", "OWN": "23125732", "DIALLED": "03023125123", "FIRST": "01713920011", "SECOND": "withheld",
		"NUMBER": "+493023125732", "EXT": "10", "BY": "11", "ID": "0", "NAME": "a", "TRUNK": "SIP1", "SECONDS": "5", "DRIFT": "-3",
		"TIME": "1.5s", "DELAY": "off", "CUT": "-1", "SWITCH": "on", "COUNT": "2", "CLIENTS": "1", "LENGTH": "100", "KIND": "nul",
		"CLOCK": "-1h", "TEXT": `"a\n"`, "EVENT": "ring",
		"PASSWORD": "geheim-77", "RIGHTS": "CP", "BOOK": "Telefonbuch", "BOOK2": "Firma", "TITLE": `"Müller & Söhne"`, "ENTRY": "home=03023125456",
		"UID": "7", "CAPACITY": "300", "TARGET": "01713920055", "NUMBERS": "23125069=Zuhause", "COUNTRY": "49", "AREA": "30",
		"TROUBLE": "slow", "PLACE": "phonebook.lua", "CODE": "820", "ACTION": "GetCallList", "HOST": "192.0.2.1:49000", "CALLS": "new",
		"FACTOR": "on", "REQUESTS": "5",
		"USERNAME": "gateway1", "KEYS": "12#", "METHOD": "update", "SETTING": "grant", "VALUE": "60s", "FATE": "drop", "PACKET": "ack",
		"REFUSAL": "503",
	}
	commands := 0
	for line := range strings.Lines(boxscript.Help()) {
		usage, ok := strings.CutPrefix(line, "  ")
		if !ok || strings.HasPrefix(usage, " ") {
			continue
		}
		name, arguments, _ := strings.Cut(strings.TrimSpace(usage), " ")
		if name == strings.ToUpper(name) {
			if examples[name] == "" && name != "LANGUAGE" {
				t.Errorf("the help explains %s, which no command takes", name)
			}
			continue
		}
		commands++
		script := name
		for _, word := range strings.Fields(arguments) {
			key := strings.TrimSuffix(strings.Trim(word, "[]"), "...")
			if key == strings.ToUpper(key) {
				if examples[key] == "" {
					t.Fatalf("%s: no example for %s", name, key)
				}
				key = examples[key]
			}
			script += " " + key
		}
		switch name {
		case "repeat":
			script += "\nend"
		case "end":
			script = "repeat 1\nend"
		case "expect":
			script += "\nring 1 to 2 as a"
		}
		if _, err := parse(script); err != nil {
			t.Errorf("%s\nis refused: %v", script, err)
		}
	}
	if commands < 30 {
		t.Errorf("the help has %d commands", commands)
	}
}

// ExampleHelp shows the beginning of the help.
func ExampleHelp() {
	help := boxscript.Help()
	fmt.Println(strings.Join(strings.Split(help, "\n")[3:8], "\n"))
	// Output:
	// Calls
	//   ring CALLER to OWN [on TRUNK] [as NAME] [lost] [unseen] [named TITLE]
	//       a call comes in: RING, an INVITE to each registered IP phone, and the house rings; lost: without RING; unseen: without any line; named: the display name
	//   dial EXT from OWN to DIALLED [on TRUNK] [as NAME] [lost]
	//       a phone calls out (CALL)
}

func FuzzParseScript(f *testing.F) {
	f.Add(boxscript.DayText())
	f.Add("ring 01713920055 to 23125732 on SIP0 as a # comment\nwait 2s\nconnect a 10\nhangup a 5\n")
	f.Add("repeat 3\nbarred 1 to 2 apart 3ms\nend\nexpect a ring block\nbytes \"\\xfc\\r\" \"\\n\"\n")
	f.Add("clock \"26.10.25 02:59:50\"\nclock -1h 5s\nslow off\ncut -1\nsay en \"a\" de \"b\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n") || len(err.Error()) > 3*4096 {
				t.Errorf("the error is no short line: %q", err)
			}
			return
		}
		if s.Len() > 1_000_000 {
			t.Errorf("the script runs %d commands", s.Len())
		}
		for _, e := range s.Expectations() {
			if e.Name == "" || len(e.Events) == 0 {
				t.Errorf("an empty expectation: %+v", e)
			}
		}
		if s.Len() > 200 {
			return
		}
		// What is accepted runs on any box without a panic; errors and waits may come.
		b := fritztest.New(boxtest.Frozen())
		defer b.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_ = s.Run(ctx, b, 0)
		_ = b.State()
	})
}
