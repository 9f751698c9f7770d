// Package callporter_test holds the house to its plan: which folder may import
// which. ARCHITECTURE.md shows the same as a picture.
package callporter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/callporter/callporter/"

// plan lists what each folder may import of ours. A folder that is not listed
// may not exist; cmd may import everything.
var plan = map[string][]string{
	"call":                       {},
	"call/internal/numbertables": {"call"},
	"fritz/callmonitor":          {"call"},
	"fritz/fritztest":            {},
	"fritz/tr064":                {"call"},
	"journal":                    {"call"},
	"mqtt":                       {"call"},
	"mqtt/broker":                {"call", "mqtt/broker/limit"},
	"mqtt/broker/limit":          {},
	"discovery":                  {"call", "mqtt"},
	"web":                        {"call"},
	"gateway":                    {"call", "fritz/callmonitor", "fritz/tr064", "journal", "mqtt", "mqtt/broker", "discovery", "web"},
	"cmd/callporter":             {"call", "fritz/callmonitor", "fritz/fritztest", "fritz/tr064", "journal", "mqtt", "mqtt/broker", "discovery", "web", "gateway"},
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for list := json.NewDecoder(bytes.NewReader(out)); ; seen++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		folder := strings.TrimPrefix(p.ImportPath+"/", module)
		folder = strings.TrimSuffix(folder, "/")
		if folder == "" {
			continue // the root holds tests alone
		}
		allowed, planned := plan[folder]
		if !planned {
			t.Errorf("folder %s is not in the plan", folder)
			continue
		}
		for _, imported := range p.Imports {
			ours, is := strings.CutPrefix(imported, module)
			if is && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which the plan does not allow", folder, ours)
			}
			if folder == "call" && strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("call imports %s: it is to be pure", imported)
			}
			if imported == "C" {
				t.Errorf("%s uses cgo", folder)
			}
		}
	}
	if seen < len(plan)/2 {
		t.Errorf("go list told of %d folders only", seen)
	}
}
