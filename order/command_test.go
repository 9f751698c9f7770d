package order

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	args := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for _, tc := range []struct {
		name, payload string
		want          Command
		code          Code
	}{
		{"reject", "PRESS", Command{Name: "reject"}, ""},
		{"reject", " press\n", Command{Name: "reject"}, ""},
		{"reject", "{}", Command{Name: "reject"}, ""},
		{"reject", `{"request":"r1"}`, Command{Name: "reject", Request: "r1"}, ""},
		{"reject", "01KAKQ3V8Z", Command{Name: "reject", Argument: "01KAKQ3V8Z", Args: args("call", "01KAKQ3V8Z")}, ""},
		{"reject", `{"method":"hangup"}`, Command{Name: "reject", Args: args("method", "hangup")}, ""},
		{"block", "030 23125123", Command{Name: "block", Argument: "030 23125123", Args: args("number", "030 23125123")}, ""},
		{"block", `{"number":"03023125123","days":30,"name":null}`, Command{Name: "block", Argument: "03023125123", Args: args("number", "03023125123", "days", "30")}, ""},
		{"block", `{"number":"1","number":"2"}`, Command{Name: "block", Argument: "2", Args: args("number", "2")}, ""},
		{"quiet", "on", Command{Name: "quiet", Argument: "ON", Args: args("value", "ON")}, ""},
		{"quiet", "True", Command{Name: "quiet", Argument: "ON", Args: args("value", "ON")}, ""},
		{"quiet", " 0\n", Command{Name: "quiet", Argument: "OFF", Args: args("value", "OFF")}, ""},
		{"auto_reject", `{"value":1}`, Command{Name: "auto_reject", Argument: "ON", Args: args("value", "ON")}, ""},
		{"answering_machine/0", `{"value":"FALSE"}`, Command{Name: "answering_machine", Item: "0", Argument: "OFF", Args: args("value", "OFF")}, ""},
		{"quiet", "yes", Command{Name: "quiet"}, CodeBadArgument},
		{"quiet", "2", Command{Name: "quiet"}, CodeBadArgument},
		{"quiet", `{"value":true,"request":"x"}`, Command{Name: "quiet", Argument: "ON", Args: args("value", "ON"), Request: "x"}, ""},
		{"threshold", "75", Command{Name: "threshold", Argument: "75", Args: args("value", "75")}, ""},
		{"deflection/2", "OFF", Command{Name: "deflection", Item: "2", Argument: "OFF", Args: args("value", "OFF")}, ""},
		{"voicemail_read", `{"machine":0,"message":"3"}`, Command{Name: "voicemail_read", Args: args("machine", "0", "message", "3")}, ""},

		{"block", `{"number":null}`, Command{Name: "block"}, CodeBadArgument}, // not the last caller
		{"block", `{"number":""}`, Command{Name: "block"}, CodeBadArgument},
		{"undo", `{"id":null}`, Command{Name: "undo"}, CodeBadArgument},

		{"reject", "", Command{Name: "reject"}, CodeEmptyPayload},
		{"reject", " \n", Command{Name: "reject"}, CodeEmptyPayload},
		{"deflection/2", "", Command{Name: "deflection", Item: "2"}, CodeEmptyPayload},
		{"reject", strings.Repeat("x", MaxPayload+1), Command{Name: "reject"}, CodeTooLarge},
		{"reject", strings.Repeat("x", maxText+1), Command{Name: "reject"}, CodeBadArgument},
		{"explode", "PRESS", Command{Name: "explode"}, CodeUnknownCommand},
		{"explode", `{"now":1,"request":"a"}`, Command{Name: "explode", Request: "a"}, CodeUnknownCommand},
		{"deflection", `{"value":"ON","request":"a"}`, Command{Name: "deflection", Request: "a"}, CodeUnknownCommand},
		{"explode", `{"request":"` + strings.Repeat("a", MaxPayload) + `"}`, Command{Name: "explode"}, CodeUnknownCommand},
		{"reject/2", "PRESS", Command{Name: "reject", Item: "2"}, CodeUnknownCommand},
		{"deflection", "ON", Command{Name: "deflection"}, CodeUnknownCommand},
		{"deflection/2/3", "ON", Command{Name: "deflection", Item: "2/3"}, CodeUnknownCommand},
		{"refresh", "now", Command{Name: "refresh"}, CodeBadArgument},
		{"refresh", `{"request":"a","now":1}`, Command{Name: "refresh", Request: "a"}, CodeUnknownField},
		{"refresh", `{"now":1,"request":"a"}`, Command{Name: "refresh", Request: "a"}, CodeUnknownField},
		{"refresh", `{"request":"` + strings.Repeat("ü", 65) + `"}`, Command{Name: "refresh"}, CodeBadRequest},
		{"refresh", `{"request":7}`, Command{Name: "refresh"}, CodeBadRequest},
		{"refresh", `{`, Command{Name: "refresh"}, CodeBadJSON},
		{"refresh", `{"request":"a"`, Command{Name: "refresh", Request: "a"}, CodeBadJSON},
		{"refresh", `{} {}`, Command{Name: "refresh"}, CodeBadJSON},
		{"refresh", "{\"request\":\"\xff\"}", Command{Name: "refresh"}, CodeBadJSON},
		{"block", `{"number":{"a":1}}`, Command{Name: "block"}, CodeBadJSON},
		{"block", strings.Repeat(`{"number":`, 300), Command{Name: "block"}, CodeBadJSON},
		{"block", `{"number":23125123}`, Command{Name: "block"}, CodeBadArgument},
		{"block", `{"number":"","request":"q"}`, Command{Name: "block", Request: "q"}, CodeBadArgument},
		{"block", "\xff", Command{Name: "block"}, CodeBadArgument},
		{"block", "1\x002", Command{Name: "block"}, CodeBadArgument},
		{"block", `{"number":"1","days":-1}`, Command{Name: "block", Argument: "1", Args: args("number", "1")}, CodeBadArgument},
		{"quiet", "maybe", Command{Name: "quiet"}, CodeBadArgument},
		{"quiet", "PRESS", Command{Name: "quiet"}, CodeMissingArgument},
		{"quiet", "{}", Command{Name: "quiet"}, CodeMissingArgument},
		{"dial", `{"phone":"**610"}`, Command{Name: "dial", Args: args("phone", "**610")}, CodeMissingArgument},
		{"", "PRESS", Command{}, CodeUnknownCommand}, // an empty name is an unknown one, and gets its result
	} {
		t.Run(tc.name+" "+brief(tc.payload), func(t *testing.T) {
			tc.want.Box = "fritzbox"
			got, err := Parse("fritzbox", tc.name, []byte(tc.payload))
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			other, otherErr := ParseLocal("fritzbox", tc.name, []byte(tc.payload))
			if d := cmp.Diff(got, other); d != "" || fmt.Sprint(err) != fmt.Sprint(otherErr) {
				t.Errorf("on this machine another command: %s %v", d, otherErr)
			}
			var refusal *Refusal
			errors.As(err, &refusal)
			if (refusal == nil) != (tc.code == "") || refusal != nil && refusal.Code != tc.code {
				t.Errorf("%v, not %q", err, tc.code)
			}
		})
	}
}

func brief(s string) string {
	if len(s) > 30 {
		return s[:30]
	}
	return s
}

// Three commands are for this machine alone.
func TestParseLocal(t *testing.T) {
	for name, argument := range map[string]string{"forget": "number", "trust": "fingerprint", "inject": "numbers"} {
		var refusal *Refusal
		if _, err := Parse("fritzbox", name, []byte("1")); !errors.As(err, &refusal) || refusal.Code != CodeUnknownCommand {
			t.Errorf("%s by any way: %v", name, err)
		}
		cmd, err := ParseLocal("fritzbox", name, []byte("1"))
		if d := cmp.Diff(Command{Box: "fritzbox", Name: name, Argument: "1", Args: map[string]string{argument: "1"}}, cmd); d != "" || err != nil {
			t.Error(err, d)
		}
	}
}
