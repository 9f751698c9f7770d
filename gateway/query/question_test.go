//go:build unix

package query_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestQuestions: the same answers with and without a gateway, and each mistake named.
func TestQuestions(t *testing.T) {
	h := gatewaytest.Open(t, gatewaytest.ShortData, gatewaytest.Furnished)
	if _, err := h.Send("block", `{"number":"069 90009222","where":"own"}`); err != nil {
		t.Fatal(err)
	}
	h.Heard.Until("the box was read", func() bool {
		return strings.Contains(h.Heard.Newest(h.Topic("health")), `"tr064":{"state":"up"`)
	})
	table := []struct {
		query string
		args  map[string]string
		want  string // the code, or a part of the data
	}{
		{"calls", nil, `{"calls":[],"next":""}`},
		{"lists", map[string]string{"list": "block"}, `"number":"+496990009222"`},
		{"lists", map[string]string{"list": "allow"}, `"total":0`},
		{"writes", map[string]string{"limit": "1"}, `"action":"list_added"`},
		{"caller", map[string]string{"number": "06990009222"}, `"blocked":{"list":"block"`},
		{"phonebooks", nil, `"name":"Telefonbuch"`},
		{"contacts", map[string]string{"phonebook": "0"}, `"contacts":[],"next":0,"total":0}`},
		{"voicemail", nil, `"new":0,"next":0,"total":0`},
		{"switches", nil, `"answering_machines":[{"id":0,"name":"Anrufbeantworter 1","on":true}]`},
		{"phones", nil, `"chosen":"FON1: Telefon"`},
		{"certificate", nil, h.Box.Fingerprint()},

		{"ports", nil, `"ports":{`},

		{"weather", nil, "unknown_command"},
		{"ports", map[string]string{"colour": "red"}, "bad_argument"},
		{"calls", map[string]string{"since": "yesterday"}, "bad_argument"},
		{"calls", map[string]string{"outcome": "missed,lots"}, "bad_argument"},
		{"calls", map[string]string{"limit": "0"}, "bad_argument"},
		{"calls", map[string]string{"mask": "maybe"}, "bad_argument"},
		{"calls", map[string]string{"colour": "red"}, "bad_argument"},
		{"calls", map[string]string{"number": "abc"}, "bad_argument"},
		{"calls", map[string]string{"number": "0171*39"}, "bad_argument"},
		{"calls", map[string]string{"line": "abc"}, "bad_argument"},
		{"calls", map[string]string{"line": "030 23125999"}, "bad_argument"},
		{"calls", map[string]string{"before": "x"}, "bad_argument"},
		{"calls", map[string]string{"number": "0171 39*", "line": "PRACTICE"}, `{"calls":[],"next":""}`},
		{"calls", map[string]string{"line": "23125732"}, `{"calls":[],"next":""}`},
		{"caller", map[string]string{"number": "02075 2345678"}, `"reason_code":"unassigned_area_code"`},
		{"caller", map[string]string{"number": "030491713920055"}, `"reason_code":"veiled_cellular"`},
		{"caller", map[string]string{"number": "030"}, "bad_argument"},
		{"caller", map[string]string{"number": "abc"}, "bad_argument"},
		{"caller", map[string]string{"number": "anonymous"}, "bad_argument"},
		{"caller", nil, "bad_argument"},
		{"contacts", map[string]string{"phonebook": "Nowhere"}, "not_found"},
		{"contacts", map[string]string{"from": "-1"}, "bad_argument"},
	}
	ask := func(who string) {
		t.Helper()
		for _, tc := range table {
			var a gatewaytest.AnswerDoc
			text := h.Ask(tc.query, tc.args)
			if err := json.Unmarshal([]byte(text), &a); err != nil {
				t.Fatal(err)
			}
			if a.OK != (a.Error == nil) || a.OK && !strings.Contains(string(a.Data), tc.want) || !a.OK && (a.Error.Code != tc.want || string(a.Data) != "{}") {
				t.Errorf("%s, %s %v: %s, not %s", who, tc.query, tc.args, text, tc.want)
			}
		}
	}
	ask("with a gateway")
	if got, want := h.Ask("ports", nil), fmt.Sprintf(`"ports":{"broker.listen":%q,"web.listen":%q}`, h.Gateway.BrokerAddr(), h.Gateway.WebAddr()); !strings.Contains(got, want) {
		t.Errorf("%s, not %s", got, want)
	}
	v := h.SocketClient()
	for line, code := range map[string]string{
		`{"box":"cellar","query":"calls"}`:                                   "not_found",
		`{"query":"phonebooks"}`:                                             "not_found",
		`{"box":"fritzbox","query":"calls","command":"refresh"}`:             "bad_json",
		`{"box":"fritzbox","query":"calls","payload":"PRESS"}`:               "bad_json",
		`{"box":"fritzbox","command":"refresh","payload":"PRESS","args":{}}`: "bad_json",
		`{"box":"fritzbox","query":"calls","args":["a"]}`:                    "bad_json",
	} {
		if _, err := fmt.Fprintln(v, line); err != nil {
			t.Fatal(err)
		}
		answer, err := v.Lines.ReadString('\n')
		if err != nil || !strings.Contains(answer, `"code":"`+code+`"`) {
			t.Errorf("%s: %s %v", line, answer, err)
		}
	}
	h.Stop()
	ask("without a gateway")
}

// TestCallsByLine: calls are found by an own number in any spelling or by its name, and
// those of withheld callers by that word.
func TestCallsByLine(t *testing.T) {
	h := gatewaytest.Open(t, gatewaytest.ShortData)
	h.MissedFrom(gatewaytest.Patient)
	h.MissedFrom("")
	h.WantState("idle")
	calls := func(args map[string]string) string {
		t.Helper()
		var a gatewaytest.AnswerDoc
		if err := json.Unmarshal([]byte(h.Ask("calls", args)), &a); err != nil {
			t.Fatal(err)
		}
		if !a.OK {
			return a.Error.Code + ": " + a.Error.Message + ": " + a.Error.Hint
		}
		var page struct {
			Calls []struct {
				Caller, Callee struct{ Number, Name string }
			}
		}
		if err := json.Unmarshal(a.Data, &page); err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, c := range page.Calls {
			found = append(found, fmt.Sprintf("%q at %s", c.Caller.Number, c.Callee.Name))
		}
		return strings.Join(found, ", ")
	}
	const both, withheld = `"" at Practice, "+491713920055" at Practice`, `"" at Practice`
	for _, test := range []struct {
		args map[string]string
		want string
	}{
		{map[string]string{"line": "Practice"}, both}, {map[string]string{"line": " practice "}, both},
		{map[string]string{"line": "23125732"}, both}, {map[string]string{"line": "+49 30 23125732"}, both}, {map[string]string{"line": "493023125732"}, both},
		{map[string]string{"number": "withheld"}, withheld}, {map[string]string{"number": "unterdrückt"}, withheld},
		{map[string]string{"number": "withheld", "direction": "outgoing"}, ""},
		{map[string]string{"line": "Prax"}, "bad_argument: there is no own number “Prax”: there are Home 030 23125069, Practice 030 23125732"},
		{map[string]string{"number": "abc"}, "bad_argument: “abc” is not allowed as number: a telephone number, the beginning of one with * behind it, or withheld"},
	} {
		if got := calls(test.args); got != test.want {
			t.Errorf("%v: %s, not %s", test.args, got, test.want)
		}
	}
}
