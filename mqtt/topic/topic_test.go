package topic

import (
	"strings"
	"testing"
)

func TestTopics(t *testing.T) {
	topics, err := New("home/callporter")
	if err != nil {
		t.Fatal(err)
	}
	b := topics.Box("fritzbox")
	for got, want := range map[string]string{
		topics.Availability():          "home/callporter/availability",
		b.Link:                         "home/callporter/fritzbox/link",
		b.Health:                       "home/callporter/fritzbox/health",
		b.State:                        "home/callporter/fritzbox/state",
		b.LastCall:                     "home/callporter/fritzbox/last_call",
		b.Missed:                       "home/callporter/fritzbox/missed",
		b.Voicemail:                    "home/callporter/fritzbox/voicemail",
		b.Picture:                      "home/callporter/fritzbox/picture",
		b.Settings:                     "home/callporter/fritzbox/settings",
		b.Event:                        "home/callporter/fritzbox/event",
		b.Result:                       "home/callporter/fritzbox/result",
		b.Line("493023125732"):         "home/callporter/fritzbox/line/493023125732/state",
		b.LineLastCall("493023125732"): "home/callporter/fritzbox/line/493023125732/last_call",
		b.LineMissed("493023125732"):   "home/callporter/fritzbox/line/493023125732/missed",
		b.Command("deflection/1"):      "home/callporter/fritzbox/command/deflection/1",
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
		if _, err := New(base); err == nil {
			t.Errorf("base %q was taken", base)
		}
	}
	box, path, ok := topics.SplitCommand(b.Command("deflection/1"))
	if box != "fritzbox" || path != "deflection/1" || !ok {
		t.Error(box, path, ok)
	}
	if !Covers(topics.CommandFilter(), b.Command("deflection/1")) || Covers(topics.CommandFilter(), b.Event) {
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
		if got := Covers(tc.filter, tc.topic); got != tc.want {
			t.Errorf("%s covers %s: %v", tc.filter, tc.topic, got)
		}
	}
}

// FuzzTopic checks that what is split can be put together again.
func FuzzTopic(f *testing.F) {
	f.Add("cp/fritzbox/command/deflection/1")
	f.Add("cp/+/command/#")
	f.Fuzz(func(t *testing.T, topic string) {
		topics := Topics{Base: "cp"}
		box, path, ok := topics.SplitCommand(topic)
		if !ok {
			return
		}
		if back := topics.Box(box).Command(path); back != topic {
			t.Errorf("%q became %q", topic, back)
		}
		if !Covers(topics.CommandFilter(), topic) {
			t.Errorf("the filter does not cover %q", topic)
		}
	})
}
