package boxscript

import (
	_ "embed"
	"strings"
)

//go:embed day.script
var day string

// Day returns a believable day at a box with two own numbers in Berlin (030),
// 23125732 for a practice and 23125069 for its owners' home. It takes about 95 s
// at speed 1, tells what happens in English and German, and declares the events
// that each call must lead to.
func Day() (*Script, error) { return Parse("day.script", strings.NewReader(day)) }

// DayText returns the day as it is written, as an example of the language.
func DayText() string { return day }
