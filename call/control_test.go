package call

import (
	"testing"
	"unicode"
)

func TestControl(t *testing.T) {
	for r := rune(0); r <= 0x3000; r++ {
		want := unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029
		if Control(r) != want {
			t.Errorf("%U: %v", r, Control(r))
		}
	}
}
