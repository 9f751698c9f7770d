package mqtt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/google/go-cmp/cmp"
)

func TestParseCommand(t *testing.T) {
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
		{"reject", strings.Repeat("x", MaxCommand+1), Command{Name: "reject"}, CodeTooLarge},
		{"reject", strings.Repeat("x", maxText+1), Command{Name: "reject"}, CodeBadArgument},
		{"explode", "PRESS", Command{Name: "explode"}, CodeUnknownCommand},
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
	} {
		t.Run(tc.name+" "+brief(tc.payload), func(t *testing.T) {
			tc.want.Box = "fritzbox"
			got, err := (Topics{Base: "cp"}).ParseCommand("cp/fritzbox/command/"+tc.name, []byte(tc.payload), false)
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			other, otherErr := NewCommand("fritzbox", tc.name, []byte(tc.payload))
			if d := cmp.Diff(got, other); d != "" || fmt.Sprint(err) != fmt.Sprint(otherErr) {
				t.Errorf("another way, another command: %s %v", d, otherErr)
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

// An empty name is an unknown one, and gets its result.
func TestCommandWithoutName(t *testing.T) {
	_, err := (Topics{Base: "cp"}).ParseCommand("cp/fritzbox/command/", []byte("PRESS"), false)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code != CodeUnknownCommand {
		t.Error(err)
	}
}

func TestCommandWithoutResult(t *testing.T) {
	topics := Topics{Base: "cp"}
	if _, err := topics.ParseCommand("cp/fritzbox/command/reject", []byte("PRESS"), true); !errors.Is(err, ErrRetained) {
		t.Error(err)
	}
	for _, topic := range []string{"", "cp", "cp/fritzbox", "cp/fritzbox/command", "cp/Box/command/reject", "cp//command/reject", "other/fritzbox/command/reject", "cp/fritzbox/event"} {
		if _, err := topics.ParseCommand(topic, []byte("PRESS"), false); !errors.Is(err, ErrNotCommand) {
			t.Errorf("%q: %v", topic, err)
		}
	}
}

func TestCommandForms(t *testing.T) {
	var names []string
	for _, form := range CommandForms() {
		if form.Press != strings.HasPrefix(form.Takes, "PRESS or ") || !strings.HasSuffix(form.Takes, "request") {
			t.Errorf("%+v", form)
		}
		names = append(names, form.Name)
	}
	if len(names) != len(orders) || !slices.IsSorted(names) || !slices.Contains(names, "deflection/ID") {
		t.Error(names)
	}
}

func TestHints(t *testing.T) {
	topics := Topics{Base: "cp"}
	for name, want := range map[string]call.Text{
		"reject":    {"send PRESS or a call or JSON with call, method, request", "PRESS oder die ID eines Anrufs oder JSON mit call, method, request senden"},
		"quiet":     {"send ON or OFF or JSON with value, request", "ON oder OFF oder JSON mit value, request senden"},
		"hangup":    {"send PRESS or JSON with request", "PRESS oder JSON mit request senden"},
		"threshold": {"send whole number from 0 to 1000000 or JSON with value, request", "eine ganze Zahl von 0 bis 1000000 oder JSON mit value, request senden"},
	} {
		if got := orders[name].hint(); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	_, err := topics.ParseCommand("cp/fritzbox/command/explode", []byte("PRESS"), false)
	if hint := err.(*Refusal).Hint[call.German]; utf8.RuneCountInString(hint) > maxText || !strings.HasSuffix(hint, "withheld") {
		t.Errorf("%d characters: %s", len(hint), hint)
	}
	for name, o := range orders {
		for _, need := range o.needs {
			if _, ok := o.field(need); !ok {
				t.Errorf("%s needs %s and does not know it", name, need)
			}
		}
		if o.main != "" {
			if _, ok := o.field(o.main); !ok {
				t.Errorf("%s: no field %s", name, o.main)
			}
			if kind, _ := o.field(o.main); (kind == text || kind == phone) && mainTexts[o.main] == (call.Text{}) {
				t.Errorf("%s: no text for %s", name, o.main)
			}
		}
	}
}

func TestTopics(t *testing.T) {
	topics, err := NewTopics("home/callporter")
	if err != nil {
		t.Fatal(err)
	}
	b := topics.Box("fritzbox")
	for got, want := range map[string]string{
		topics.Availability():     "home/callporter/availability",
		b.Link:                    "home/callporter/fritzbox/link",
		b.Health:                  "home/callporter/fritzbox/health",
		b.State:                   "home/callporter/fritzbox/state",
		b.LastCall:                "home/callporter/fritzbox/last_call",
		b.Missed:                  "home/callporter/fritzbox/missed",
		b.Voicemail:               "home/callporter/fritzbox/voicemail",
		b.Picture:                 "home/callporter/fritzbox/picture",
		b.Settings:                "home/callporter/fritzbox/settings",
		b.Event:                   "home/callporter/fritzbox/event",
		b.Result:                  "home/callporter/fritzbox/result",
		b.Line("493023125732"):    "home/callporter/fritzbox/line/493023125732/state",
		b.Command("deflection/1"): "home/callporter/fritzbox/command/deflection/1",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	for _, msn := range []string{"", "+49", "1/2", "**1", strings.Repeat("1", 33)} {
		if got := b.Line(msn); got != "" {
			t.Errorf("%q has the topic %q", msn, got)
		}
	}
	for _, base := range []string{"", "a/", "/a", "a//b", "a+", "#", "$SYS", "a\x00", "\xff", strings.Repeat("a", 129)} {
		if _, err := NewTopics(base); err == nil {
			t.Errorf("base %q was taken", base)
		}
	}
	box, name, item, ok := topics.SplitCommand(b.Command("deflection/1"))
	if box != "fritzbox" || name != "deflection" || item != "1" || !ok {
		t.Error(box, name, item, ok)
	}
	if !covers(topics.CommandFilter(), b.Command("deflection/1")) || covers(topics.CommandFilter(), b.Event) {
		t.Error("the command filter covers the wrong topics")
	}
}

func TestCovers(t *testing.T) {
	for _, tc := range []struct {
		filter, topic string
		want          bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"a", "a/b", false}, {"a/b", "a", false},
		{"a/+", "a/b", true}, {"a/+", "a", false}, {"a/+", "a/", true}, {"+/b", "a/b", true},
		{"#", "a/b/c", true}, {"a/#", "a", true}, {"a/#", "a/b/c", true}, {"a/#", "b", false},
		{"+/+/command/#", "cp/x/command/deflection/1", true}, {"a/+/c", "a/b/d", false},
	} {
		if got := covers(tc.filter, tc.topic); got != tc.want {
			t.Errorf("%s covers %s: %v", tc.filter, tc.topic, got)
		}
	}
}

// FuzzCommand sends anything to any topic: no panic, one known code, bounded
// values, and a result that is a document.
func FuzzCommand(f *testing.F) {
	f.Add("cp/fritzbox/command/reject", []byte("PRESS"), false)
	f.Add("cp/fritzbox/command/block", []byte(`{"number":"03023125123","days":30,"request":"r"}`), false)
	f.Add("cp/fritzbox/command/deflection/1", []byte("ON"), false)
	f.Add("cp/fritzbox/command/reject", []byte{}, true)
	f.Add("cp/fritzbox/command/quiet", []byte("{\"value\":\"\xff\"}"), false)
	codes := map[Code]bool{}
	for _, c := range Codes {
		codes[c] = true
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte, retained bool) {
		cmd, err := Topics{Base: "cp"}.ParseCommand(topic, payload, retained)
		if errors.Is(err, ErrNotCommand) || errors.Is(err, ErrRetained) {
			if cmd.Box != "" || errors.Is(err, ErrRetained) && !retained {
				t.Errorf("%+v, %v", cmd, err)
			}
			return
		}
		var refusal *Refusal
		if err != nil && (!errors.As(err, &refusal) || !codes[refusal.Code]) {
			t.Fatalf("error %v", err)
		}
		if refusal == nil && len(payload) == 0 {
			t.Error("an empty payload was taken")
		}
		if utf8.RuneCountInString(cmd.Request) > maxRequest || len(cmd.Args) > maxFields || !ValidBox(cmd.Box) {
			t.Errorf("%+v", cmd)
		}
		for _, v := range cmd.Args {
			if v == "" || utf8.RuneCountInString(v) > maxText || !utf8.ValidString(v) {
				t.Errorf("argument %q", v)
			}
		}
		for _, language := range []call.Language{call.English, call.German} {
			doc := Documents{Language: language}.Result(Result{Request: cmd.Request, Command: cmd.Path(), Refusal: refusal})
			if !json.Valid(doc) || len(doc) > MaxDocument {
				t.Errorf("result %s", doc)
			}
		}
	})
}

// FuzzTopic checks that what is split can be put together again.
func FuzzTopic(f *testing.F) {
	f.Add("cp/fritzbox/command/deflection/1")
	f.Add("cp/+/command/#")
	f.Fuzz(func(t *testing.T, topic string) {
		topics := Topics{Base: "cp"}
		box, name, item, ok := topics.SplitCommand(topic)
		if !ok {
			return
		}
		path := Command{Name: name, Item: item}.Path()
		if back := topics.Box(box).Command(path); back != topic && back+"/" != topic {
			t.Errorf("%q became %q", topic, back)
		}
		if !covers(topics.CommandFilter(), topic) {
			t.Errorf("the filter does not cover %q", topic)
		}
	})
}
