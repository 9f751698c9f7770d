package testkit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Receivers are the types of a folder that have a method, tests aside: what a table has to
// name that claims to have all of them.
func Receivers(t testing.TB, folder, method string) (types []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != method {
				continue
			}
			of := f.Recv.List[0].Type
			if star, pointer := of.(*ast.StarExpr); pointer {
				of = star.X
			}
			types = append(types, of.(*ast.Ident).Name)
		}
	}
	if len(types) == 0 {
		t.Fatalf("nobody in %s has %s", folder, method)
	}
	return types
}
