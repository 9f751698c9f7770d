package boxscript

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a script.
const (
	maxLine     = 4096      // bytes of a line
	maxCommands = 10_000    // lines that are commands
	maxDepth    = 4         // repeats in each other
	maxSteps    = 1_000_000 // commands run, all repeats counted
)

// Script is a parsed script: one command a line, comments from # to the end of
// the line. Help lists the commands.
type Script struct {
	name         string
	commands     []statement
	expectations []Expectation
}

// statement is a command of a script, or a repeat with the commands in it.
type statement struct {
	line   int
	text   string
	name   string // first word
	do     action
	times  int // of a repeat
	within []statement
}

// Error says where in a script something is wrong and what.
type Error struct {
	Script string // name of the script, usually its file
	Line   int    // counted from 1
	Err    error
}

// Error returns "file:line: what".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.Script, e.Line, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Parse reads a whole script and checks it, so that one that is accepted
// fails later only by what happens to the box. Errors begin with the name and
// are of type *Error unless reading fails.
func Parse(name string, r io.Reader) (*Script, error) {
	p := &parser{script: &Script{name: name}, blocks: []statement{{times: 1}}, begun: map[string]beginning{}}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, maxLine+2), maxLine+2)
	for in.Scan() {
		p.line++
		if err := p.parse(in.Text()); err != nil {
			return nil, &Error{name, p.line, err}
		}
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, &Error{name, p.line + 1, errLong}
	} else if err != nil {
		return nil, fmt.Errorf("read script %s: %w", name, err)
	}
	if err := p.close(); err != nil {
		return nil, err
	}
	return p.script, nil
}

var errLong = fmt.Errorf("the line is longer than %d bytes", maxLine)

// parser holds a script while it is being read.
type parser struct {
	script *Script
	line   int
	count  int
	blocks []statement // the repeats that are open; the script itself first

	begun   map[string]beginning // the calls by name
	expects []expectLine
}

func (p *parser) parse(text string) error {
	if len(text) > maxLine {
		return errLong
	}
	list, err := words(text)
	if err != nil || len(list) == 0 {
		return err
	}
	if p.count++; p.count > maxCommands {
		return fmt.Errorf("the script has more than %d commands", maxCommands)
	}
	v, ok := grammars[list[0]]
	if !ok {
		return fmt.Errorf("unknown command %s; there are %s", show(list[0]), commandNames())
	}
	s := statement{line: p.line, text: strings.TrimSpace(text), name: list[0]}
	a, rest, err := v.pattern.match(list[1:])
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	switch s.name {
	case "repeat":
		s.times = a.int("COUNT", 1)
		err = p.open(s)
	case "end":
		err = p.end()
	case "expect":
		err = p.expect(a["NAME"], rest)
	default:
		if s.do, err = v.compile(a, rest); err == nil {
			p.begins(a)
			p.add(s)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

func (p *parser) add(s statement) {
	block := &p.blocks[len(p.blocks)-1]
	block.within = append(block.within, s)
}

func (p *parser) open(s statement) error {
	if len(p.blocks) > maxDepth {
		return fmt.Errorf("more than %d repeats stand in each other", maxDepth)
	}
	p.blocks = append(p.blocks, s)
	return nil
}

func (p *parser) end() error {
	last := len(p.blocks) - 1
	if last == 0 {
		return errors.New("there is no repeat to end")
	}
	s := p.blocks[last]
	p.blocks = p.blocks[:last]
	p.add(s)
	return nil
}

// close checks the script as a whole.
func (p *parser) close() error {
	if last := len(p.blocks) - 1; last > 0 {
		return &Error{p.script.name, p.blocks[last].line, errors.New("repeat: its end is missing; both belong into one script")}
	}
	p.script.commands = p.blocks[0].within
	if n := steps(p.script.commands); n > maxSteps {
		return fmt.Errorf("%s: the script runs more than %d commands", p.script.name, maxSteps)
	}
	return p.expectations()
}

// steps counts the commands that will run, the repeats themselves included. It
// stops counting beyond the bound, so it cannot overflow.
func steps(list []statement) int64 {
	n := int64(0)
	for _, s := range list {
		if n++; s.times > 0 {
			n += int64(s.times) * (1 + steps(s.within))
		}
		if n > maxSteps {
			return maxSteps + 1
		}
	}
	return n
}
