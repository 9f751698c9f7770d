package announcement

import (
	"bytes"
	"embed"
	"strconv"
)

//go:embed audio
var audio embed.FS

// Text is a built-in text: the name of its file without ".wav".
type Text string

// The built-in texts. Those of a type of caller have its name, see [Type].
const (
	NotInService Text = "not_in_service" // this number is not in service
	Recorded     Text = "recorded"       // from the tone on the call is recorded
	Press        Text = "press"          // whoever is no salesman, press the key …; a [Digit] follows
	CallAgain    Text = "call_again"     // thank you, please call again
	Goodbye      Text = "goodbye"
)

// Type is the text for a type of caller: unknown, advertising, lottery, survey, cost_trap,
// marketer or terror.
func Type(callerType string) Text { return Text(callerType) }

// Digit is the word for a digit from 0 to 9.
func Digit(d int) Text { return Text(strconv.Itoa(d)) }

// Known reports whether there is a built-in text of that name.
func Known(t Text) bool {
	_, err := audio.Open("audio/" + Languages[0] + "/" + string(t) + ".wav")
	return err == nil
}

// Languages are those of the built-in texts.
var Languages = []string{"de", "en"}

// Builtin returns a built-in text in a language, "de" or "en"; nil if there is none.
func Builtin(language string, t Text) []int16 {
	b, err := audio.ReadFile("audio/" + language + "/" + string(t) + ".wav")
	if err != nil {
		return nil
	}
	samples, err := Read(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	return samples
}
