package main

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	mdLink    = regexp.MustCompile(`\]\(([^)\s]+)(?:\s+"[^"]*")?\)`)
	htmlLink  = regexp.MustCompile(`(?:src|href|srcset)="([^"]+)"`)
	mdHeading = regexp.MustCompile(`^#{1,6} +(.+?) *#*$`)
	foreign   = regexp.MustCompile(`^[a-z]+:`)
)

// documents are the Markdown files of the repository with their lines outside code.
func documents(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("git", "-C", "../..", "ls-files", "-co", "--exclude-standard", "*.md").Output()
	if err != nil {
		t.Skip("not a git checkout:", err)
	}
	all := map[string][]string{}
	for file := range strings.Lines(string(out)) {
		file = strings.TrimSpace(file)
		if strings.Contains(file, "testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", file))
		if os.IsNotExist(err) {
			continue // deleted and not committed yet
		} else if err != nil {
			t.Fatal(err)
		}
		fence := ""
		lines := []string{}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\r\n")
			switch mark := strings.TrimSpace(line); {
			case fence == "" && (strings.HasPrefix(mark, "```") || strings.HasPrefix(mark, "~~~")):
				fence = mark[:3]
			case fence != "" && strings.HasPrefix(mark, fence):
				fence = ""
			case fence == "" && !strings.HasPrefix(line, "    "):
				lines = append(lines, line)
			}
		}
		if fence != "" {
			t.Errorf("%s: a code block does not end", file)
		}
		all[file] = lines
	}
	return all
}

// anchors are the names GitHub gives to the headings: small letters, digits, _ and -,
// spaces as -, and a number behind one that is there already.
func anchors(lines []string) (all []string) {
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	times := map[string]int{}
	for _, line := range lines {
		if m := mdHeading.FindStringSubmatch(line); m != nil {
			text := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(m[1], "$1")
			a := strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
			times[a]++
			if n := times[a]; n > 1 {
				a += "-" + string(rune('0'+n-1))
			}
			all = append(all, a)
		}
	}
	return all
}

// links are the targets in a document, code words apart.
func links(lines []string) (all []string) {
	text := regexp.MustCompile("`[^`]*`").ReplaceAllString(strings.Join(lines, "\n"), "")
	for _, re := range []*regexp.Regexp{mdLink, htmlLink} {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			if !foreign.MatchString(m[1]) {
				all = append(all, m[1])
			}
		}
	}
	return all
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	docs := documents(t)
	for file, lines := range docs {
		for _, link := range links(lines) {
			name, anchor, _ := strings.Cut(link, "#")
			to := file
			if name != "" {
				to = path.Join(path.Dir(file), name)
			}
			if strings.HasPrefix(name, "/") || strings.HasPrefix(to, "../") {
				t.Errorf("%s: %s does not stay in the repository", file, link)
			} else if _, err := os.Stat(filepath.Join("../..", to)); err != nil {
				t.Errorf("%s: %s leads to nothing", file, link)
			} else if anchor != "" && !slices.Contains(anchors(docs[to]), anchor) {
				t.Errorf("%s: there is no heading for %s; there are %q", file, link, anchors(docs[to]))
			}
		}
	}
}

// A page that no index names is not found.
func TestTheIndexNamesEveryPage(t *testing.T) {
	docs := documents(t)
	if !slices.Contains(links(docs["README.md"]), "docs/README.md") {
		t.Error("README.md does not lead to docs/README.md")
	}
	index := links(docs["docs/README.md"])
	for file := range docs {
		if page, ok := strings.CutPrefix(file, "docs/"); ok && page != "README.md" && !slices.Contains(index, page) {
			t.Errorf("docs/README.md does not lead to %s", page)
		}
	}
}

// What a page is for stands in its first sentence, and nothing else in its title.
func TestEveryPageSaysWhatItIsFor(t *testing.T) {
	for file, lines := range documents(t) {
		if !strings.HasPrefix(file, "docs/") {
			continue
		}
		if len(lines) < 3 || !strings.HasPrefix(lines[0], "# ") || lines[1] != "" || !regexp.MustCompile(`^[A-Z]`).MatchString(lines[2]) {
			t.Errorf("%s begins without a title and a sentence: %q", file, lines[:min(3, len(lines))])
		}
		titles := 0
		for _, line := range lines {
			if strings.HasPrefix(line, "# ") {
				titles++
			}
		}
		if titles != 1 {
			t.Errorf("%s has %d titles", file, titles)
		}
	}
}
