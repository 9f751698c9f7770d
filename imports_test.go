// Package callporter_test holds the house to its plan: which folder may import
// which. ARCHITECTURE.md shows the same as a picture.
package callporter_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/callporter/callporter/"

// plan lists what each folder may import of ours. A folder that is not listed
// may not exist.
var plan = map[string][]string{
	"call":                       {},
	"call/internal/numbertables": {},
	"order":                      {"call"},

	"fritz/callmonitor":                {"call"},
	"fritz/sip":                        {"call", "fritz/sip/internal/socket", "fritz/sip/media"},
	"fritz/sip/announcement":           {},
	"fritz/sip/announcement/make":      {"fritz/sip/announcement"},
	"fritz/sip/internal/socket":        {},
	"fritz/sip/media":                  {},
	"fritz/tr064":                      {"call", "fritz/tr064/soap", "fritz/tr064/phonebook"},
	"fritz/tr064/soap":                 {"call"},
	"fritz/tr064/phonebook":            {"call"},
	"fritz/fritztest":                  {"fritz/fritztest/monitor", "fritz/fritztest/sip", "fritz/fritztest/telephony", "fritz/fritztest/tr064"},
	"fritz/fritztest/boxscript":        {"fritz/fritztest", "fritz/fritztest/monitor", "fritz/fritztest/sip", "fritz/fritztest/telephony", "fritz/fritztest/tr064"},
	"fritz/fritztest/internal/boxtest": {"fritz/fritztest"},
	"fritz/fritztest/monitor":          {},
	"fritz/fritztest/sip":              {},
	"fritz/fritztest/telephony":        {"fritz/fritztest/tr064"},
	"fritz/fritztest/tr064":            {},
	"screening":                        {"call", "screening/mirror", "screening/online", "screening/phoneblock", "screening/quota", "screening/selector", "screening/site", "screening/tellowslist"},
	"journal":                          {"call", "journal/spelling", "journal/store"},
	"journal/spelling":                 {"call"},
	"journal/store":                    {},
	"mqtt":                             {"call", "order", "mqtt/topic", "mqtt/internal/webstream"},
	"mqtt/topic":                       {},
	"mqtt/document":                    {"call", "order"},
	"mqtt/broker":                      {"mqtt/broker/limit", "mqtt/topic", "mqtt/internal/webstream"},
	"mqtt/internal/webstream":          {},
	"mqtt/broker/limit":                {},
	"discovery":                        {"call", "mqtt/topic"},
	"asterisk":                         {"call"},
	"asterisk/asterisktest":            {"internal/testkit"}, // for tests alone
	"screening/online":                 {"call", "screening/internal/disk"},
	"web":                              {},
	"screening/selector":               {"call"},
	"screening/site":                   {"call", "screening/online", "screening/selector"},
	"screening/internal/disk":          {},
	"screening/mirror":                 {"screening/internal/disk", "screening/online", "screening/quota"},
	"screening/phoneblock":             {"call", "screening/mirror", "screening/online", "screening/quota"},
	"screening/phoneblocktest":         {},
	"screening/tellowslist":            {"screening/mirror", "screening/online", "screening/quota"},
	"screening/quota":                  {"screening/internal/disk"},

	"internal/testkit": {}, // for tests alone

	"gateway/config":     {"call", "fritz/sip/announcement", "mqtt", "mqtt/broker", "mqtt/document", "screening/selector", "screening/site"},
	"gateway/refusal":    {"call", "order", "fritz/tr064", "gateway/config"},
	"gateway/datadir":    {"call", "mqtt/document"},
	"gateway/ipphone":    {"call", "fritz/sip", "gateway/config", "gateway/datadir"},
	"gateway/control":    {"order", "gateway/refusal"},
	"gateway/retained":   {"call", "order", "discovery", "mqtt", "mqtt/topic", "gateway/config", "gateway/datadir"},
	"gateway/line":       {"call", "fritz/callmonitor", "fritz/sip", "fritz/sip/media", "mqtt/document", "mqtt/topic"},
	"gateway/poll":       {"call", "order", "fritz/callmonitor", "fritz/tr064", "fritz/tr064/phonebook", "mqtt/document", "gateway/config", "gateway/datadir", "gateway/refusal"},
	"gateway/orders":     {"call", "order", "fritz/tr064", "fritz/tr064/phonebook", "journal", "mqtt/document", "gateway/config", "gateway/datadir", "gateway/poll", "gateway/refusal"},
	"gateway/listing":    {"call", "order", "journal", "screening", "gateway/config", "gateway/orders", "gateway/poll"},
	"gateway/query":      {"call", "order", "fritz/tr064", "fritz/tr064/phonebook", "journal", "journal/spelling", "mqtt/document", "gateway/control", "gateway/orders", "gateway/poll", "gateway/refusal", "screening"},
	"gateway/announcing": {"call", "fritz/sip/announcement", "fritz/sip/media", "gateway/config"},
	"gateway/check":      {"call", "fritz/callmonitor", "fritz/sip", "fritz/tr064", "journal", "mqtt", "mqtt/broker", "mqtt/topic", "web", "gateway/config", "gateway/control", "gateway/datadir", "gateway/ipphone", "gateway/poll", "gateway/retained"},
	"gateway":            {"gateway/...", "call", "order", "asterisk", "discovery", "fritz/callmonitor", "fritz/sip", "fritz/sip/media", "fritz/tr064", "journal", "mqtt", "mqtt/topic", "mqtt/document", "mqtt/broker", "screening", "screening/online", "screening/site", "web", "fritz/tr064/phonebook"},
	"cmd/callporter":     {"cmd/callporter/internal/...", "call", "order", "mqtt", "mqtt/broker", "mqtt/topic", "gateway", "gateway/check", "gateway/config", "gateway/control", "gateway/datadir", "gateway/query", "mqtt/document"},

	"cmd/callporter/internal/cli":       {"call", "gateway/config", "mqtt"},
	"cmd/callporter/internal/german":    {},
	"cmd/callporter/internal/box":       {"fritz/fritztest", "fritz/fritztest/boxscript", "cmd/callporter/internal/cli"},
	"cmd/callporter/internal/recording": {"call", "fritz/callmonitor", "mqtt", "mqtt/topic", "gateway", "gateway/config", "cmd/callporter/internal/cli"},
	"cmd/callporter/internal/discovery": {"call", "mqtt", "mqtt/topic", "gateway/config", "gateway/datadir", "gateway/retained", "cmd/callporter/internal/cli"},
	"cmd/callporter/internal/screen":    {"call", "mqtt/document", "screening", "screening/online", "screening/site", "gateway", "gateway/config", "gateway/query", "cmd/callporter/internal/cli"},
	"cmd/callporter/internal/softphone": {"call", "fritz/sip", "fritz/tr064", "gateway/config", "gateway/control", "gateway/datadir", "gateway/ipphone", "gateway/poll", "gateway/query", "gateway/refusal", "cmd/callporter/internal/cli"},
	"cmd/callporter/internal/reject":    {"cmd/callporter/internal/cli"},
	"cmd/callporter/internal/demo":      {"call", "fritz/fritztest", "fritz/fritztest/boxscript", "mqtt", "mqtt/topic", "gateway", "gateway/config", "screening/online", "screening/phoneblocktest", "cmd/callporter/internal/cli"},

	// For tests alone.
	"fritz/sip/internal/siptest":   {},
	"gateway/internal/gatewaytest": {"fritz/fritztest", "fritz/fritztest/boxscript", "fritz/tr064", "gateway", "gateway/config", "gateway/control", "gateway/datadir", "gateway/poll", "internal/testkit", "journal", "mqtt", "mqtt/broker"},
}

// covers reports whether a folder is among those allowed: by its name, or below one that
// ends with "/...".
func covers(allowed []string, folder string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		above, all := strings.CutSuffix(a, "...")
		return a == folder || all && strings.HasPrefix(folder, above)
	})
}

// sources returns the imports of each folder's Go files, tests aside: also of those that
// are built on other systems only.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	imports := make(map[string][]string)
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch base := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := filepath.ToSlash(filepath.Dir(name))
		all := imports[folder]
		for _, s := range file.Imports {
			all = append(all, strings.Trim(s.Path.Value, "\"`"))
		}
		imports[folder] = all // also where there are none
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder := range imports {
		slices.Sort(imports[folder])
		imports[folder] = slices.Compact(imports[folder])
	}
	return imports
}

func TestImports(t *testing.T) {
	folders := sources(t)
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		allowed, planned := plan[folder]
		if !planned {
			t.Errorf("folder %s is not in the plan", folder)
			continue
		}
		for _, imported := range folders[folder] {
			ours, is := strings.CutPrefix(imported, module)
			if is && !covers(allowed, ours) {
				t.Errorf("%s imports %s, which the plan does not allow", folder, ours)
			}
			if (folder == "call" || folder == "order") && !is && strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("%s imports %s: it is to be pure", folder, imported)
			}
			if imported == "github.com/nyaruka/phonenumbers" && folder != "screening" && folder != "call/internal/numbertables" {
				t.Errorf("%s imports %s, which takes 7 MB", folder, imported)
			}
			if imported == "C" {
				t.Errorf("%s uses cgo", folder)
			}
		}
	}
	if len(folders) < len(plan)/2 {
		t.Errorf("there are %d folders only", len(folders))
	}
}
