package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// parseYAML reads the one document of a file; nil is an empty file. JSON is read as YAML
// too, after two of its escapes have been replaced that YAML does not have.
func parseYAML(name string, text []byte) (*yaml.Node, *Problem) {
	if !utf8.Valid(text) {
		good := 0
		for good < len(text) {
			r, size := utf8.DecodeRune(text[good:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			good += size
		}
		return nil, &Problem{File: name, Line: 1 + bytes.Count(text[:good], []byte("\n")), Text: "not UTF-8: save the file as UTF-8"}
	}
	if json.Valid(text) {
		text = jsonEscape.ReplaceAllFunc(text, yamlEscape)
	}
	root, second, err := documents(text)
	switch {
	case err != nil:
		return nil, syntaxProblem(name, text, err)
	case second != nil:
		return nil, &Problem{File: name, Line: second.Line, Text: "a second document (---) is not allowed: one file, one configuration"}
	}
	return root, nil
}

// documents reads the first document, and the second one if there is one.
func documents(text []byte) (first, second *yaml.Node, err error) {
	in := yaml.NewDecoder(bytes.NewReader(text))
	var a, b yaml.Node
	if err := in.Decode(&a); errors.Is(err, io.EOF) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	if err := in.Decode(&b); errors.Is(err, io.EOF) {
		return a.Content[0], nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	return a.Content[0], &b, nil
}

var (
	jsonEscape = regexp.MustCompile(`\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)`)
	yamlPrefix = regexp.MustCompile(`^yaml: (line [0-9]+: )?`)
)

// yamlEscape replaces an escape of JSON that YAML does not have by the character itself:
// "\/" and pairs of surrogates.
func yamlEscape(escape []byte) []byte {
	half := func(at int) rune {
		n, _ := strconv.ParseUint(string(escape[at:at+4]), 16, 32)
		return rune(n)
	}
	switch {
	case string(escape) == `\/`:
		return []byte("/")
	case len(escape) == 12:
		return utf8.AppendRune(nil, utf16.DecodeRune(half(2), half(8)))
	case len(escape) == 6:
		return utf8.AppendRune(nil, utf8.RuneError)
	}
	return escape
}

// syntaxHints are the likely causes of what the parser says most.
var syntaxHints = map[string]string{
	"did not find expected key":                             "does the indentation fit the lines above?",
	"did not find expected '-' indicator":                   "does the indentation fit the lines above?",
	"mapping values are not allowed in this context":        "a value with a colon and a space in it needs quotes",
	"found unexpected end of stream":                        "is a quote left open?",
	"found character that cannot start any token":           "a value that starts with @, ` or % needs quotes",
	"did not find expected alphabetic or numeric character": "a value that starts with & or * needs quotes",
}

// syntaxProblem finds the line of a syntax error: the end of the shortest beginning of the
// file that gives the same error. The line that the parser names is often that of the
// enclosing section, and sometimes one off.
func syntaxProblem(name string, text []byte, err error) *Problem {
	reason := func(err error) string { return yamlPrefix.ReplaceAllString(err.Error(), "") }
	why := reason(err)
	lines := bytes.SplitAfter(text, []byte("\n"))
	ends := make([]int, len(lines))
	for i, end := 0, 0; i < len(lines); i++ {
		end += len(lines[i])
		ends[i] = end
	}
	at := sort.Search(len(lines)-1, func(i int) bool {
		_, _, err := documents(text[:ends[i]])
		return err != nil && reason(err) == why
	})
	line := lines[at]
	if blank := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]; bytes.ContainsRune(blank, '\t') {
		why = "indented with a tab: use spaces"
	} else if strings.HasPrefix(why, "unknown anchor") {
		// Here alone the parser quotes the file, and it may be a password.
		why = "a value that starts with * needs quotes"
	} else if hint, ok := syntaxHints[why]; ok {
		why += "; " + hint
	}
	return &Problem{File: name, Line: at + 1, Text: "not readable as YAML: " + why}
}
