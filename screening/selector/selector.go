package selector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what a selector may be and may yield.
const (
	maxSelector = 1024 // bytes
	maxTexts    = 64
	maxText     = 4096 // bytes of one text
	maxSteps    = 4
	maxTries    = 4
)

// Separators between expressions: a further step, and another try where nothing matched.
const (
	step        = " >> "
	alternative = " || "
)

// Selector says which texts of a document are meant. The zero value is no selector and matches
// nothing. It may be used by several goroutines at once.
type Selector struct {
	source string
	tries  []pipeline
}

// pipeline finds texts and takes parts out of them.
type pipeline struct {
	find finder
	then []expression
}

// finder is one compiled expression.
type finder interface {
	texts(*Document) ([]string, error)
}

// Parse compiles a selector.
func Parse(source string) (Selector, error) {
	if len(source) > maxSelector || !utf8.ValidString(source) {
		return Selector{}, fmt.Errorf("a selector is UTF-8 text of at most %d bytes", maxSelector)
	}
	s := Selector{source: source}
	for _, text := range split(source, alternative, "css:", "xpath:", "regex:", "json:") {
		steps := split(text, step, "regex:")
		find, err := compile(steps[0])
		if err != nil {
			return Selector{}, err
		}
		p := pipeline{find: find}
		for _, further := range steps[1:] {
			e, err := compileRegex(strings.TrimPrefix(further, "regex:"))
			if err != nil {
				return Selector{}, err
			}
			p.then = append(p.then, e)
		}
		if s.tries = append(s.tries, p); len(s.tries) > maxTries || len(p.then) >= maxSteps {
			return Selector{}, fmt.Errorf("a selector has at most %d steps and %d alternatives", maxSteps, maxTries)
		}
	}
	return s, nil
}

// split cuts a text at a separator where one of the prefixes follows: elsewhere it is a part
// of the expression.
func split(text, separator string, prefixes ...string) []string {
	parts := strings.Split(text, separator)
	for i := len(parts) - 1; i > 0; i-- {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(parts[i], p) }) {
			parts = slices.Replace(parts, i-1, i+1, parts[i-1]+separator+parts[i])
		}
	}
	return parts
}

// compile makes a finder of one step.
func compile(text string) (finder, error) {
	kind, expr, _ := strings.Cut(text, ":")
	if strings.TrimSpace(expr) == "" {
		return nil, errors.New("a selector begins with css:, xpath:, regex: or json: and has an expression behind it")
	}
	switch kind {
	case "css":
		return compileCSS(expr)
	case "xpath":
		return compileXPath(expr)
	case "regex":
		return compileRegex(expr)
	case "json":
		return compileJSON(expr)
	}
	return nil, fmt.Errorf("a selector begins with css:, xpath:, regex: or json:, not with %.20q", kind)
}

// String returns the selector as it was parsed.
func (s Selector) String() string { return s.source }

// IsZero reports whether there is no selector.
func (s Selector) IsZero() bool { return len(s.tries) == 0 }

// Texts returns what the selector matches, in the order of the document, blanks joined: at
// most 64 texts of at most 4 KiB. The text of an empty element is "". It is an error if the
// document is none for this selector: too deep, or without JSON.
func (s Selector) Texts(d *Document) (texts []string, err error) {
	for _, p := range s.tries {
		if texts, err = p.texts(d); len(texts) > 0 {
			return texts, nil
		}
	}
	return nil, err
}

func (p pipeline) texts(d *Document) (texts []string, err error) {
	// The libraries panic at some documents and expressions that fit none.
	defer func() {
		if r := recover(); r != nil {
			texts, err = nil, fmt.Errorf("cannot be applied: %v", r)
		}
	}()
	if texts, err = p.find.texts(d); err != nil {
		return nil, err
	}
	joinBlanks(texts)
	for _, e := range p.then {
		var parts []string
		for _, t := range texts {
			parts = append(parts, e.in(t)...)
		}
		texts = parts[:min(len(parts), maxTexts)]
		joinBlanks(texts)
	}
	for i, t := range texts {
		texts[i] = shorten(t)
	}
	return texts, nil
}

// joinBlanks makes one blank of each run of them, hard blanks too, and removes those at the ends.
func joinBlanks(texts []string) {
	for i, t := range texts {
		texts[i] = strings.Join(strings.Fields(t), " ")
	}
}

// shorten cuts a text to its limit, between characters.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.TrimSpace(strings.ToValidUTF8(s[:maxText], ""))
}
