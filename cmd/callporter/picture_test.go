package main

import (
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
)

// Sizes of the picture, in pixels. Each piece of text gets its own place, so that a font
// of another width moves nothing.
const (
	charWidth, lineHeight = 7.8, 19
	pictureColumns        = 100
	pictureMargin         = 18
	titleBar              = 34
)

var (
	storyEvent = regexp.MustCompile(`^  (\d\d:\d\d:\d\d)  (\w+) +(\S.*)$`)
	changing   = regexp.MustCompile(`\d\d:\d\d:\d\d|\d+s\b|\d{4}-\d\d-\d\d|\d\d/\d{4}`)
	// eventColors are those of a dark terminal.
	eventColors = map[string]string{
		"ring": "#e3b341", "ringing": "#e3b341", "answer": "#7ee787", "dial": "#79c0ff", "voicemail": "#d2a8ff", "screened": "#e3b341",
		"miss": "#ff7b72", "block": "#ff7b72", "reject": "#ff7b72", "end": "#8b949e",
	}
)

// pictured compares a picture of docs/images with the story in stdout, times apart:
//
//	pictured FILE SCENE...
//
// With PICTURES=write in the environment of the test it writes the picture.
func pictured(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pictured FILE SCENE...")
	}
	file, picture := "../../docs/images/"+args[0], drawn(ts, ts.ReadFile("stdout"), args[1:])
	if os.Getenv("PICTURES") == "write" {
		ts.Check(os.WriteFile(file, []byte(picture), 0o644))
	}
	old, err := os.ReadFile(file)
	ts.Check(err)
	if changing.ReplaceAllString(string(old), "") != changing.ReplaceAllString(picture, "") {
		ts.Fatalf("%s shows something else than the demo does now: PICTURES=write go test -run TestScript/demo$ ./cmd/callporter", file)
	}
}

// drawn is the SVG of a terminal with the scenes of the story that begin so. The clock of
// the day starts at 8:54.
func drawn(ts *testscript.TestScript, story string, scenes []string) string {
	var rows strings.Builder
	y := titleBar + pictureMargin
	put := func(column int, color, text string) {
		fmt.Fprintf(&rows, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\">%s</text>\n",
			pictureMargin+charWidth*float64(column), y, color, html.EscapeString(text))
	}
	put(0, "#7ee787", "$")
	put(2, "#f0f6fc", "callporter demo")
	y += lineHeight
	var shift time.Duration
	for _, begin := range scenes {
		_, scene, ok := strings.Cut(story, "\n\n"+begin)
		if !ok {
			ts.Fatalf("no scene begins with %q", begin)
		}
		scene, _, _ = strings.Cut(begin+scene, "\n\n")
		y += lineHeight / 2
		for _, line := range inOrder(strings.Split(strings.TrimRight(scene, "\n"), "\n")) {
			m := storyEvent.FindStringSubmatch(line)
			if m == nil {
				for _, part := range wrapped(line, pictureColumns) {
					put(0, "#c9d1d9", part)
					y += lineHeight
				}
				continue
			}
			at, err := time.Parse(time.TimeOnly, m[1])
			ts.Check(err)
			if shift == 0 {
				shift = 8*time.Hour + 54*time.Minute + 23*time.Second - at.Sub(at.Truncate(24*time.Hour))
			}
			put(2, "#6e7681", at.Add(shift).Format(time.TimeOnly))
			put(12, eventColors[m[2]], m[2])
			for i, part := range wrapped(m[3], pictureColumns-25) {
				put(23+2*min(i, 1), "#f0f6fc", part)
				y += lineHeight
			}
		}
	}
	width, height := int(2*pictureMargin+charWidth*pictureColumns), y
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="callporter demo in a terminal">
<rect width="%[1]d" height="%[2]d" rx="10" fill="#0d1117"/>
<path d="M0 10a10 10 0 0 1 10-10h%[3]da10 10 0 0 1 10 10v18H0z" fill="#21262d"/>
<circle cx="20" cy="14" r="5" fill="#ff5f57"/><circle cx="38" cy="14" r="5" fill="#febc2e"/><circle cx="56" cy="14" r="5" fill="#28c840"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
%[4]s</g>
</svg>
`, width, height, width-20, rows.String())
}

// inOrder puts what a source or a list leads to behind the ringing of the phone, which is as
// fast now and then.
func inOrder(lines []string) []string {
	for i := range len(lines) - 1 {
		if strings.Contains(lines[i], "  screened  ") && strings.Contains(lines[i+1], "  ringing  ") {
			lines[i], lines[i+1] = lines[i+1], lines[i]
		}
	}
	return lines
}

// wrapped breaks a text between words into lines of at most width characters.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	return append(lines, line)
}
