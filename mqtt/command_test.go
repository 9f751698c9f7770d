package mqtt

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
	"github.com/google/go-cmp/cmp"
)

// An empty name is an unknown one, and gets its result. A command that is for this
// machine alone is none here.
func TestParseCommand(t *testing.T) {
	topics := topic.Topics{Base: "cp"}
	for _, name := range []string{"", "forget", "trust", "explode"} {
		_, err := ParseCommand(topics, "cp/fritzbox/command/"+name, []byte("PRESS"), false)
		var refusal *order.Refusal
		if !errors.As(err, &refusal) || refusal.Code != order.CodeUnknownCommand {
			t.Errorf("%q: %v", name, err)
		}
	}
	cmd, err := ParseCommand(topics, "cp/fritzbox/command/deflection/2", []byte("OFF"), false)
	want := order.Command{Box: "fritzbox", Name: "deflection", Item: "2", Argument: "OFF", Args: map[string]string{"value": "OFF"}}
	if d := cmp.Diff(want, cmd); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestCommandWithoutResult(t *testing.T) {
	topics := topic.Topics{Base: "cp"}
	if _, err := ParseCommand(topics, "cp/fritzbox/command/reject", []byte("PRESS"), true); !errors.Is(err, ErrRetained) {
		t.Error(err)
	}
	for _, name := range []string{"", "cp", "cp/fritzbox", "cp/fritzbox/command", "cp/Box/command/reject", "cp//command/reject", "other/fritzbox/command/reject", "cp/fritzbox/event"} {
		if _, err := ParseCommand(topics, name, []byte("PRESS"), false); !errors.Is(err, ErrNotCommand) {
			t.Errorf("%q: %v", name, err)
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
	topics, codes := topic.Topics{Base: "cp"}, map[order.Code]bool{}
	for _, c := range order.Codes {
		codes[c] = true
	}
	f.Fuzz(func(t *testing.T, name string, payload []byte, retained bool) {
		cmd, err := ParseCommand(topics, name, payload, retained)
		if errors.Is(err, ErrNotCommand) || errors.Is(err, ErrRetained) {
			if cmd.Box != "" || errors.Is(err, ErrRetained) && !retained {
				t.Errorf("%+v, %v", cmd, err)
			}
			return
		}
		var refusal *order.Refusal
		if err != nil && (!errors.As(err, &refusal) || !codes[refusal.Code]) {
			t.Fatalf("error %v", err)
		}
		if refusal == nil && len(payload) == 0 {
			t.Error("an empty payload was taken")
		}
		if utf8.RuneCountInString(cmd.Request) > order.MaxRequest || len(cmd.Args) > 16 || !topic.ValidBox(cmd.Box) {
			t.Errorf("%+v", cmd)
		}
		for _, v := range cmd.Args {
			if v == "" || utf8.RuneCountInString(v) > 255 || !utf8.ValidString(v) {
				t.Errorf("argument %q", v)
			}
		}
		for _, language := range []call.Language{call.English, call.German} {
			doc := document.Documents{Language: language}.Result(order.Result{Request: cmd.Request, Command: cmd.Path(), Refusal: refusal})
			if !json.Valid(doc) || len(doc) > document.MaxSize {
				t.Errorf("result %s", doc)
			}
		}
	})
}
