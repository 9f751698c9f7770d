package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// German returns an error or a hint of the command line in German: an error is made before
// the language is known, so that it is translated when it is printed. A text that is not in
// the catalogue stays.
func German(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = german(line)
	}
	return strings.Join(lines, "\n")
}

// In returns a text of the catalogue in a language.
func In(l call.Language, text string) string {
	if l == call.German {
		return German(text)
	}
	return text
}

// ErrorIn returns an error with its text in a language. Of mistakes in a configuration their
// places stay as they are.
func ErrorIn(l call.Language, err error) error {
	var mistakes *config.Problems
	switch {
	case l != call.German:
		return err
	case !errors.As(err, &mistakes):
		return errors.New(German(err.Error()))
	}
	all := &config.Problems{More: mistakes.More}
	for _, p := range mistakes.List {
		p.Text = German(p.Text)
		all.List = append(all.List, p)
	}
	return all
}

func german(text string) string {
	for _, e := range catalogue() {
		found := e.english.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		parts := make([]any, len(found)-1)
		for i, part := range found[1:] {
			if parts[i] = part; part != text {
				parts[i] = german(part)
			}
		}
		return fmt.Sprintf(e.german, parts...)
	}
	return text
}

type germanEntry struct {
	english *regexp.Regexp
	german  string
}

// catalogue is germanConfig and germanTexts, ready to be looked into. It is made with the first error.
var catalogue = sync.OnceValue(func() (all []germanEntry) {
	for _, pair := range slices.Concat(germanConfig, germanTexts) {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(pair[0]), "%s", "(.+?)")
		all = append(all, germanEntry{regexp.MustCompile("^" + pattern + "$"), pair[1]})
	}
	return all
})
