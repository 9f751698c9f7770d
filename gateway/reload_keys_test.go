package gateway

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// different gives a value another one of its type.
func different(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	default:
		if v.CanInt() {
			v.SetInt(v.Int() + 1)
		} else {
			v.SetUint(v.Uint() + 1)
		}
	}
}

// TestEveryKeyIsReloadedOrNamed: no change of any key goes unnoticed, and the manual
// names all that need no restart.
func TestEveryKeyIsReloadedOrNamed(t *testing.T) {
	before := Default()
	var applied, restart []string
	for _, path := range allPaths() {
		if strings.HasSuffix(path, "[0]") {
			continue // an element; the list is the key
		}
		next := Default()
		walkValues(reflect.ValueOf(&next).Elem(), "", configField{}, func(p string, _ configField, v reflect.Value) {
			if p == path && p != "boxes" {
				different(v)
			}
		})
		if path == "boxes" {
			other := defaultBox()
			other.ID = "annexe"
			next.Boxes = append(next.Boxes, other)
		}
		now := reloaded(before, next)
		done, left := changedKeys(&before, &now, &next), changedKeys(&now, &next, &next)
		want := []string{path}
		if path == "boxes[0].id" {
			want = []string{"boxes"} // another id is another box
		}
		if got := slices.Concat(done, left); !slices.Equal(got, want) {
			t.Errorf("%s: applied %v, restart for %v", path, done, left)
		}
		if len(done) > 0 {
			applied = append(applied, path)
		} else {
			restart = append(restart, path)
		}
	}
	if len(restart) < 20 {
		t.Errorf("only %v need a restart", restart)
	}

	manual, err := os.ReadFile("../DOCS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "\n### Reload\n")
	list, _, _ := strings.Cut(section, "\n\nEverything else")
	var documented []string
	for _, m := range regexp.MustCompile("`([a-z_]+(?:(?:\\[\\])?\\.[a-z_]+)*)`").FindAllStringSubmatch(list, -1) {
		documented = append(documented, strings.ReplaceAll(m[1], "[]", "[0]"))
	}
	slices.Sort(applied)
	slices.Sort(documented)
	if diff := cmp.Diff(applied, documented); diff != "" {
		t.Errorf("the manual differs from what is reloaded:\n%s", diff)
	}
}
