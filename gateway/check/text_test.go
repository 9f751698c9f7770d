package check

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFindingTexts: every finding is told in both languages with the same values, a
// problem says what to do, and nothing stays in braces that nobody fills in.
func TestFindingTexts(t *testing.T) {
	braces := regexp.MustCompile(`\{[^}]*\}`)
	values := func(s string) []string {
		return slices.Compact(slices.Sorted(slices.Values(braces.FindAllString(s, -1))))
	}
	both := func(code, part string, text [2]string, needed bool) {
		if (text[0] == "") != (text[1] == "") || needed && text[0] == "" {
			t.Errorf("%s: the %s is missing: %q", code, part, text)
		}
		if text[0] == text[1] && braces.ReplaceAllString(text[0], "") != "" {
			t.Errorf("%s: the %s is not translated: %q", code, part, text[0])
		}
		if !slices.Equal(values(text[0]), values(text[1])) {
			t.Errorf("%s: the %s says %v in English and %v in German", code, part, values(text[0]), values(text[1]))
		}
	}
	listed := 0
	for _, check := range Checks {
		listed += len(Codes(check))
	}
	if listed != len(findingTexts) || listed < 50 {
		t.Errorf("%d codes are listed of %d", listed, len(findingTexts))
	}
	for code, text := range findingTexts {
		if !regexp.MustCompile(`^[a-z_]+$`).MatchString(code) || text.state == Unknown {
			t.Errorf("%s: %v", code, text.state)
		}
		both(code, "message", text.message, true)
		both(code, "cause", text.cause, false)
		both(code, "hint", text.hint, text.state != OK)
		for _, sentence := range append(text.cause[:], text.hint[:]...) {
			if sentence != "" && !strings.HasSuffix(sentence, ".") && !strings.HasSuffix(sentence, "}") {
				t.Errorf("%s is no sentence: %s", code, sentence)
			}
		}
		for _, message := range text.message {
			if strings.HasSuffix(message, ".") {
				t.Errorf("%s ends like a sentence: %s", code, message)
			}
		}
	}
	for name, text := range phrases {
		both(name, "text", text, true)
	}
}
