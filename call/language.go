package call

import (
	"fmt"
	"slices"
)

// Language is the language of texts for people. Codes, ids and keys stay English.
type Language uint8

// The languages callporter speaks.
const (
	English Language = iota
	German
)

var languageNames = [...]string{"en", "de"}

// String returns the ISO 639-1 code, "en" or "de".
func (l Language) String() string { return name(languageNames[:], uint8(l)) }

// MarshalText returns the String.
func (l Language) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads "en" or "de".
func (l *Language) UnmarshalText(text []byte) error {
	for i, n := range languageNames {
		if string(text) == n {
			*l = Language(i)
			return nil
		}
	}
	return fmt.Errorf("unknown language %q: en or de", text)
}

// Pick returns the text in this language.
func (l Language) Pick(english, german string) string {
	if l == German {
		return german
	}
	return english
}

// Text is a text for people in every language, in the order of the constants.
type Text [len(languageNames)]string

// In returns the text in this language.
func (t Text) In(l Language) string { return l.Pick(t[English], t[German]) }

// With fills in the verbs of [fmt.Sprintf] in every language. Of an argument that is a Text
// itself, each language takes its own.
func (t Text) With(args ...any) Text {
	for l := range t {
		own := slices.Clone(args)
		for i, arg := range own {
			if text, ok := arg.(Text); ok {
				own[i] = text[l]
			}
		}
		t[l] = fmt.Sprintf(t[l], own...)
	}
	return t
}
