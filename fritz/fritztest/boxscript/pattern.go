package boxscript

import (
	"fmt"
	"strings"
)

// pattern is the grammar of one command, read from its usage line: words in
// small letters stand as they are, words in capitals are arguments, brackets
// hold what may be left out, in any order, and "..." ends an argument that takes
// all words that are left.
type pattern struct {
	usage      string
	name       string
	positional []string
	optional   [][]string
	rest       string // the argument with "...", or ""
}

// readPattern reads a usage line. It is called on the command table only.
func readPattern(usage string) pattern {
	p := pattern{usage: usage}
	fields := strings.Fields(usage)
	p.name = fields[0]
	group := false
	for _, field := range fields[1:] {
		word := strings.Trim(field, "[]")
		begins, ends := strings.HasPrefix(field, "["), strings.HasSuffix(field, "]")
		switch {
		case strings.HasSuffix(word, "..."):
			p.rest = strings.TrimSuffix(word, "...")
		case begins:
			p.optional = append(p.optional, []string{word})
		case group:
			last := len(p.optional) - 1
			p.optional[last] = append(p.optional[last], word)
		default:
			p.positional = append(p.positional, word)
		}
		group = (begins || group) && !ends
	}
	return p
}

func isArgument(word string) bool { return word[0] >= 'A' && word[0] <= 'Z' }

// match checks the words after the command's name and returns them by name,
// and those of the "..." argument in order.
func (p pattern) match(list []string) (args, []string, error) {
	a := args{}
	for _, want := range p.positional {
		if len(list) == 0 {
			return nil, nil, p.missing(want)
		}
		if err := p.take(a, want, list[0]); err != nil {
			return nil, nil, err
		}
		list = list[1:]
	}
	if p.rest != "" {
		if len(list) == 0 {
			return nil, nil, p.missing(p.rest)
		}
		for _, word := range list {
			if err := p.take(a, p.rest, word); err != nil {
				return nil, nil, err
			}
		}
		return a, list, nil
	}
	for len(list) > 0 {
		n, err := p.option(a, list)
		if err != nil {
			return nil, nil, err
		}
		list = list[n:]
	}
	return a, nil, nil
}

// option takes one optional group off the list and returns its length in words.
func (p pattern) option(a args, list []string) (int, error) {
	group := p.group(list[0])
	if group == nil {
		return 0, fmt.Errorf("%s is not expected here; usage: %s", show(list[0]), p.usage)
	}
	if a.has(group[0]) {
		return 0, fmt.Errorf("%s is given twice; usage: %s", show(group[0]), p.usage)
	}
	for i, want := range group {
		if i >= len(list) {
			return 0, p.missing(want)
		}
		if err := p.take(a, want, list[i]); err != nil {
			return 0, err
		}
		a[group[0]] = list[i]
	}
	return len(group), nil
}

// group finds the optional group that begins with word, or one that begins with
// an argument that word can be.
func (p pattern) group(word string) []string {
	for _, group := range p.optional {
		if group[0] == word {
			return group
		}
	}
	for _, group := range p.optional {
		if isArgument(group[0]) && arguments[group[0]].ok(word) {
			return group
		}
	}
	return nil
}

// take checks one word against what the pattern wants there.
func (p pattern) take(a args, want, word string) error {
	if !isArgument(want) {
		if word != want {
			return fmt.Errorf("%s stands where %q belongs; usage: %s", show(word), want, p.usage)
		}
		a[want] = word
		return nil
	}
	if kind := arguments[want]; !kind.ok(word) {
		return fmt.Errorf("%s is not %s", show(word), kind.allowed)
	}
	a[want] = word
	return nil
}

func (p pattern) missing(want string) error {
	if isArgument(want) {
		return fmt.Errorf("%s is missing: %s; usage: %s", want, arguments[want].allowed, p.usage)
	}
	return fmt.Errorf("%q is missing; usage: %s", want, p.usage)
}

// show quotes a word of the user's for a message, cut where it is long.
func show(word string) string {
	if len(word) > 40 {
		word = word[:40] + "…"
	}
	return fmt.Sprintf("%q", word)
}
