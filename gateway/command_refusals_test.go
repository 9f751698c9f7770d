package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// contracted are the commands of the contract, each with a JSON payload whose form is
// right and whether it takes PRESS.
var contracted = []struct {
	name, good string
	press      bool
}{
	{"reject", `{"call":"01K0000000000000000000000X","method":"busy"}`, true},
	{"block", `{"number":"03023125123","name":"x","days":"7","where":"own"}`, true},
	{"unblock", `{"number":"03023125123"}`, true},
	{"allow", `{"number":"03023125123"}`, true},
	{"disallow", `{"number":"03023125123"}`, true},
	{"phonebook_add", `{"phonebook":"Family","name":"x","number":"03023125123","type":"home"}`, false},
	{"phonebook_remove", `{"phonebook":"Family","number":"03023125123"}`, false},
	{"undo", `{"id":"1"}`, true},
	{"screen", `{"number":"03023125123"}`, false},
	{"dial", `{"number":"03023125123","phone":"FON1"}`, false},
	{"hangup", `{}`, true},
	{"permit_next", `{"minutes":5}`, false},
	{"auto_reject", `{"value":"ON"}`, false},
	{"quiet", `{"value":"ON"}`, false},
	{"threshold", `{"value":80}`, false},
	{"method", `{"value":"busy"}`, false},
	{"withheld", `{"value":"ring"}`, false},
	{"deflection/0", `{"value":"ON"}`, false},
	{"answering_machine/0", `{"value":"ON"}`, false},
	{"reset_missed", `{}`, true},
	{"refresh", `{}`, true},
	{"voicemail_read", `{"machine":0,"message":1}`, true},
	{"voicemail_delete", `{"machine":0,"message":1}`, true},
}

// TestEachCommandRefuses what its form excludes, each with one result that says so,
// and nothing changes by it. The retained ones, on the broker before the gateway, get
// no result at all.
func TestEachCommandRefuses(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Build(t, gatewaytest.At(b))
	before := gatewaytest.Listen(t, b.Address)
	for _, c := range contracted {
		before.Say(h.Topic("command/"+c.name), c.good, true)
	}
	h.Run()
	h.Linked()
	h.Settled() // and none of the retained ones had a result
	kept := h.Retained()

	with := func(good, field string) string {
		return strings.Replace(good, "{", "{"+field+map[bool]string{true: "", false: ","}[good == "{}"], 1)
	}
	for _, c := range contracted {
		noArgument := "missing_argument"
		for _, bad := range []struct{ payload, code string }{
			{"", "empty_payload"},
			{" \r\n\t", "empty_payload"},
			{strings.Repeat("1", 4097), "too_large"},
			{c.good + strings.Repeat(" ", 4096), "too_large"},
			{`{"request":"a"`, "bad_json"},
			{c.good + c.good, "bad_json"},
			{`{"request":"\xff"}`, "bad_json"},
			{with(c.good, `"of":{"n":1}`), "bad_json"},
			{with(c.good, `"of":[1]`), "bad_json"},
			{with(c.good, `"nonsense":1`), "unknown_field"},
			{with(c.good, `"request":"`+strings.Repeat("r", 65)+`"`), "bad_request"},
			{with(c.good, `"request":1`), "bad_request"},
			{"\xff\xfe", "bad_argument"},
			{"a\x00b", "bad_argument"},
			{strings.Repeat("1", 256), "bad_argument"},
			{"PRESS", noArgument},
			{"{}", noArgument},
			{`{"request":"r1"}`, noArgument},
		} {
			if bad.code == noArgument && c.press {
				continue
			}
			r := h.WantCode(c.name, bad.payload, bad.code)
			if bad.payload == `{"request":"r1"}` && r.Request != "r1" {
				t.Errorf("%s: request %q", c.name, r.Request)
			}
		}
	}
	for _, name := range []string{"dance", "Quiet", "quiet/0", "deflection", "deflection/0/1", "answering_machine", "forget", "trust", "reject/1"} {
		h.WantCode(name, "ON", "unknown_command")
	}
	h.Settled()
	now := h.Retained()
	for _, m := range []map[string]string{kept, now} {
		for topic := range m {
			if strings.Contains(topic, "/command/") || strings.HasSuffix(topic, "/health") {
				delete(m, topic)
			}
		}
	}
	if diff := cmp.Diff(kept, now); diff != "" {
		t.Errorf("something has changed:\n%s", diff)
	}
	names := make([]string, len(contracted))
	for i, c := range contracted {
		names[i] = strings.Replace(c.name, "/0", "/ID", 1)
	}
	hint := h.WantCode("dance", "ON", "unknown_command").Error.Hint
	listed := strings.Fields(strings.TrimPrefix(hint, "names: "))
	slices.Sort(names)
	slices.Sort(listed)
	if diff := cmp.Diff(names, listed); diff != "" {
		t.Errorf("the commands there are:\n%s", diff)
	}
	h.NothingElse()
}
