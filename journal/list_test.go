package journal

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestLists(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	now := day
	clock := func(o *Options) { o.Now = func() time.Time { return now } }
	j := open(t, at(path), clock)
	ctx := t.Context()
	for _, e := range []ListEntry{
		{Pattern: "+49 30 231 25-123", Name: "whole", Who: "cli", Why: "rang at night"},
		{Pattern: "030231*", Name: "long"},
		{Pattern: "+4930*", Name: "short"},
		{Pattern: "0049 40 66969 123", Name: "00"},
		{Pattern: "+4930231251*", Name: "expires", Expires: day.Add(time.Hour)},
		{Pattern: "**610", Name: "internal"},
		{Pattern: "0171 39200*", Name: "mobile"},
		{Pattern: "+44*", Name: "abroad"},
	} {
		e.List = Block
		if _, err := j.AddEntry(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"03023125123": "whole", "03023125124": "expires", "03023125924": "long", "0300000001": "short", "04066969123": "00",
		"**610": "internal", "01713920055": "mobile", "+447700900123": "abroad", "06990009123": "", "": "", "**61": "",
	}
	check := func(j *Journal) {
		t.Helper()
		for n, name := range want {
			if e, ok := j.Match(Block, number(n)); ok != (name != "") || e.Name != name {
				t.Errorf("%s is on the list as %q (%v), want %q", n, e.Name, ok, name)
			}
			if _, ok := j.Match(Allow, number(n)); ok {
				t.Errorf("%s is on the other list", n)
			}
		}
	}
	check(j)
	now = day.Add(time.Hour)
	want["03023125124"] = "long"
	check(j)
	j.Close()
	j = open(t, at(path), clock)
	check(j)
	if err := j.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(j.Entries(Block)); n != 7 {
		t.Errorf("%d entries after the expired one was deleted", n)
	}
	e, err := j.RemoveEntry(ctx, Block, "03 0231*")
	if err != nil || e.Name != "long" {
		t.Fatalf("%v, %+v", err, e)
	}
	want["03023125124"], want["03023125924"] = "short", "short"
	check(j)
	if _, err := j.RemoveEntry(ctx, Block, "030231*"); !errors.Is(err, ErrUnknown) {
		t.Errorf("removed twice: %v", err)
	}
	e, err = j.AddEntry(ctx, ListEntry{List: Block, Pattern: "+493023125123", Name: "again"})
	if err != nil || e.Pattern != "+493023125123" {
		t.Fatalf("%v, %+v", err, e)
	}
	if got, _ := j.Match(Block, number("03023125123")); got.Name != "again" || got.Who != "" || !got.Added.Equal(now) {
		t.Errorf("replaced by %+v", got)
	}
	for _, e := range []ListEntry{{List: Block, Pattern: "*"}, {List: Block, Pattern: "Berta"}, {List: Block}, {Pattern: "030"},
		{List: Block, Pattern: "1234567890123456789012345678901234567890"}} {
		if _, err := j.AddEntry(ctx, e); err == nil {
			t.Errorf("%+v is added", e)
		}
	}
}
