package call

import "testing"

func TestText(t *testing.T) {
	kind := Text{"ON or OFF", "ON oder OFF"}
	text := Text{"%s is no %s", "%s muss %s sein"}
	for language, want := range map[Language]string{English: "100% is no ON or OFF", German: "100% muss ON oder OFF sein"} {
		if got := text.With("100%", kind).In(language); got != want {
			t.Errorf("%v: %q", language, got)
		}
	}
	if text != (Text{"%s is no %s", "%s muss %s sein"}) {
		t.Errorf("With has changed the text: %q", text)
	}
}
