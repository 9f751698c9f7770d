package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestGerman: what is filled in is kept, and translated where it is a text of its own.
func TestGerman(t *testing.T) {
	for english, want := range map[string]string{
		`unexpected argument "4"`:                                         `unerwartetes Argument "4"`,
		"callporter block --help shows what is allowed":                   "callporter block --help zeigt, was erlaubt ist",
		"reach broker 127.0.0.1:1883: connection refused":                 "Broker 127.0.0.1:1883 erreichen: die Verbindung wird abgelehnt",
		"it is one of list, on ID, off ID":                                "möglich sind list, on ID, off ID",
		"100%d of this":                                                   "100%d of this",
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
