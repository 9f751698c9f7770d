package selector

import (
	"fmt"
	"regexp"
)

// expression is a regular expression. It runs in time linear to the text.
type expression struct{ re *regexp.Regexp }

func compileRegex(source string) (expression, error) {
	re, err := regexp.Compile(source)
	if err != nil {
		return expression{}, fmt.Errorf("no regular expression: %w", err)
	}
	return expression{re}, nil
}

func (e expression) texts(d *Document) ([]string, error) { return e.in(d.text), nil }

// in returns the first group of each match that took part in it, or each match if there is
// no group.
func (e expression) in(text string) []string {
	var texts []string
	for _, at := range e.re.FindAllStringSubmatchIndex(text, maxTexts) {
		if len(at) > 2 {
			at = at[2:]
			for len(at) > 2 && at[0] < 0 {
				at = at[2:]
			}
		}
		if at[0] >= 0 {
			texts = append(texts, text[at[0]:at[1]])
		}
	}
	return texts
}
