package cli

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// TestGerman: what is filled in is kept, and translated where it is a text of its own.
func TestGerman(t *testing.T) {
	for english, want := range map[string]string{
		`unexpected argument "4"`:                                         `unerwartetes Argument "4"`,
		"callporter block --help shows what is allowed":                   "callporter block --help zeigt, was erlaubt ist",
		"reach broker 127.0.0.1:1883: connection refused":                 "Broker 127.0.0.1:1883 erreichen: die Verbindung wird abgelehnt",
		"it is one of list, on ID, off ID":                                "möglich sind list, on ID, off ID",
		"100%d of this":                                                   "100%d of this",
		"read configuration: read /: is a directory":                      "Konfiguration lesen: /: es ist ein Verzeichnis",
		configHint(syscall.EISDIR):                                        "gebraucht wird eine Datei; Docker legt ein Verzeichnis an, wo die einzubindende Datei fehlt",
		`flag needs an argument: --days`:                                  "dem Schalter fehlt ein Wert: --days",
		"lock data directory: x is in use: another callporter is running": "Datenverzeichnis sperren: x wird schon benutzt: es läuft schon ein callporter",
	} {
		if got := German(english); got != want {
			t.Errorf("%s: %s, want %s", english, got, want)
		}
	}
}

// TestGermanIsWhole: every error and hint of the subcommands that stands in the source is in
// the catalogue.
func TestGermanIsWhole(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]`)
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || called(call) != "Fail" || len(call.Args) != 3 {
				return true
			}
			texts := []string{written(call.Args[2])}
			if inner, ok := call.Args[1].(*ast.CallExpr); ok && (called(inner) == "New" || called(inner) == "Errorf") {
				texts = append(texts, written(inner.Args[0]))
			}
			for _, text := range texts {
				text = verb.ReplaceAllString(text, "X")
				switch {
				case text == "", strings.Trim(text, "X:- ") == "": // filled in by somebody who knows the language
				case German(text) == text:
					t.Errorf("%s: %q is not in German", path, text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestGermanIsWholeOfConfigurations: every text of the package that reads configurations is
// in the catalogue.
func TestGermanIsWholeOfConfigurations(t *testing.T) {
	var english []string
	for _, pair := range germanConfig {
		english = append(english, pair[0])
	}
	all := strings.Join(english, "\n")
	verb := regexp.MustCompile(`%[a-z]`)
	sentence := regexp.MustCompile(`[a-z)] [a-z(]`)
	files, err := filepath.Glob("../../../../gateway/config/*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		switch filepath.Base(path) {
		case "example.go", "types.go", "brokeroptions.go", "clientoptions.go", "fingerprint.go":
			continue // comments of the example, and errors of a gateway
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil || strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field: // a tag is no text
				return n.Tag == nil
			case *ast.BasicLit:
				text := verb.ReplaceAllString(written(n), "%s")
				switch text = strings.TrimPrefix(text, ": "); {
				case !sentence.MatchString(text), strings.Contains(all, text), German(text) != text:
				case text == "does not match", text == "unknown anchor": // looked for in errors of libraries
				default:
					t.Errorf("%s: %q is not in German", path, text)
				}
			}
			return true
		})
	}
}

// TestMistakesInGerman: each mistake of a configuration that is tried is told in German, and
// what cannot be used chooses German all the same.
func TestMistakesInGerman(t *testing.T) {
	word := regexp.MustCompile(`\b(the|is|are|not|of|and|with|without|for|to|one|has|needs?|given|such|unknown|allowed|key|did|found|does|at most|or)\b`)
	quoted := regexp.MustCompile(`"[^"]*"|(erlaubt:|Schlüssel mit Werten:|ein Wort sein:) [a-z_, ]*|[a-z_]+(\.[a-z_]+)+`)
	files, err := filepath.Glob("../../../../gateway/config/testdata/mistakes/*.conf.yaml")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		_, err := config.Load(path, nil)
		if err == nil {
			t.Errorf("%s is right", path)
			continue
		}
		for line := range strings.SplitSeq(German(ErrorIn(call.German, err).Error()), "\n") {
			text := quoted.ReplaceAllString(strings.TrimPrefix(line, path), "")
			if english := word.FindString(text); english != "" {
				t.Errorf("%q in %s", english, line)
			}
		}
	}
	for text, want := range map[string]call.Language{
		"language: de\nlog: {level: loud}\n":    call.German,
		"log: {level: loud}\n":                  call.English,
		"language: 'de'\nlog:\n\t level: x\n":   call.German,
		"# language: de\nlog:\n\tlevel: info\n": call.English,
		`{"language": "de", "colour": 1}`:       call.German,
	} {
		path := filepath.Join(t.TempDir(), "gateway.yaml")
		cmd := new(cobra.Command)
		ConfigFlag(cmd, new(string))
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), cmd.Flags().Set("config", path)); err != nil {
			t.Fatal(err)
		}
		if got := LanguageOf(cmd); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// called is the name of a function that is called.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// written is the text of an expression, with X for what is put in; "" for one without text.
func written(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		left, right := written(e.X), written(e.Y)
		if left == "" && right == "" {
			return ""
		}
		if left == "" {
			left = "X"
		}
		if right == "" {
			right = "X"
		}
		return left + right
	}
	return ""
}
