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
)

// step is the separator of a further regular expression.
const step = " >> "

// Selector says which texts of a document are meant. The zero value is no selector and matches
// nothing. It may be used by several goroutines at once.
type Selector struct {
	source string
	find   finder
	then   []expression
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
	steps := strings.Split(source, step)
	for i := len(steps) - 1; i > 0; i-- {
		// What follows the separator may also be a part of the expression itself.
		if !strings.HasPrefix(steps[i], "regex:") {
			steps = slices.Replace(steps, i-1, i+1, steps[i-1]+step+steps[i])
		}
	}
	if len(steps) > maxSteps {
		return Selector{}, fmt.Errorf("a selector has at most %d steps", maxSteps)
	}
	s := Selector{source: source}
	var err error
	if s.find, err = compile(steps[0]); err != nil {
		return Selector{}, err
	}
	for _, further := range steps[1:] {
		e, err := compileRegex(strings.TrimPrefix(further, "regex:"))
		if err != nil {
			return Selector{}, err
		}
		s.then = append(s.then, e)
	}
	return s, nil
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
func (s Selector) IsZero() bool { return s.find == nil }

// Texts returns what the selector matches, in the order of the document, blanks joined: at
// most 64 texts of at most 4 KiB. The text of an empty element is "". It is an error if the
// document is none for this selector: too deep, or without JSON.
func (s Selector) Texts(d *Document) (texts []string, err error) {
	if s.find == nil {
		return nil, nil
	}
	// The libraries panic at some documents and expressions that fit none.
	defer func() {
		if r := recover(); r != nil {
			texts, err = nil, fmt.Errorf("%s: %v", s.source, r)
		}
	}()
	texts, err = s.find.texts(d)
	if err != nil {
		return nil, err
	}
	for _, e := range s.then {
		var parts []string
		for _, t := range texts {
			parts = append(parts, e.in(t)...)
		}
		texts = parts
	}
	if len(texts) > maxTexts {
		texts = texts[:maxTexts]
	}
	for i, t := range texts {
		texts[i] = shorten(strings.Join(strings.Fields(t), " "))
	}
	return texts, nil
}

// shorten cuts a text to its limit, between characters.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}
