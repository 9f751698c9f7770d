package boxscript

import (
	"errors"
	"fmt"
)

// speech is what a script tells its viewer: one text for all, under "", or one
// by language.
type speech map[string]string

// readSpeech reads the words after say.
func readSpeech(list []string) (speech, error) {
	if len(list) == 1 {
		return speech{"": list[0]}, nil
	}
	s := speech{}
	if len(list)%2 != 0 {
		return nil, errors.New(`one text in quotes is wanted, or pairs of language and text: say en "Hello" de "Hallo"`)
	}
	for i := 0; i < len(list); i += 2 {
		language := list[i]
		if !isLanguage(language) {
			return nil, fmt.Errorf("%s is not %s", show(language), arguments["LANGUAGE"].allowed)
		}
		if _, twice := s[language]; twice {
			return nil, fmt.Errorf("%s has two texts", language)
		}
		s[language] = list[i+1]
	}
	return s, nil
}

// in returns the text in a language, else in English, else the one for all.
func (s speech) in(language string) string {
	for _, l := range []string{language, "en", ""} {
		if text, ok := s[l]; ok {
			return text
		}
	}
	return ""
}

func (r *Runner) say(s speech) {
	if text := s.in(r.opt.Language); text != "" && r.opt.Say != nil {
		r.opt.Say(text)
	}
}
