package callmonitor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
)

var (
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	fixed = LiveClock(time.UTC, func() time.Time { return noon })
	stamp = time.Date(2026, 11, 21, 11, 59, 58, 0, time.UTC)
)

const at = "21.11.26 11:59:58;"

func TestParse(t *testing.T) {
	long := strings.Repeat("1", 70)
	for _, test := range []struct {
		name, line string
		want       call.Event
	}{
		{"ring", at + "RING;0;01713920055;23125732;SIP1;",
			call.Event{Kind: call.Ring, Caller: "01713920055", Callee: "23125732", Trunk: "SIP1"}},
		{"call", at + "CALL;1;13;23125732;01713920055;SIP1;",
			call.Event{Kind: call.Dial, Connection: 1, Extension: "13", Caller: "23125732", Callee: "01713920055", Trunk: "SIP1"}},
		{"connect", at + "CONNECT;2;40;01713920055;",
			call.Event{Kind: call.Connect, Connection: 2, Extension: "40", Callee: "01713920055"}},
		{"disconnect", at + "DISCONNECT;3;312;",
			call.Event{Kind: call.Disconnect, Connection: 3, Duration: 312 * time.Second}},
		{"withheld", at + "RING;0;;23125732;SIP1;",
			call.Event{Kind: call.Ring, Callee: "23125732", Trunk: "SIP1"}},
		{"withheld connect", at + "CONNECT;0;4;;", call.Event{Kind: call.Connect, Extension: "4"}},
		{"connect without number", at + "CONNECT;0;4", call.Event{Kind: call.Connect, Extension: "4"}},
		{"no line field", at + "RING;0;03023125020;23125010;",
			call.Event{Kind: call.Ring, Caller: "03023125020", Callee: "23125010"}},
		{"no final semicolon", at + "CALL;0;0;23125567;03023125321;SIP0",
			call.Event{Kind: call.Dial, Extension: "0", Caller: "23125567", Callee: "03023125321", Trunk: "SIP0"}},
		{"no final semicolon, disconnect", at + "DISCONNECT;0;120",
			call.Event{Kind: call.Disconnect, Duration: 2 * time.Minute}},
		{"further fields", at + "RING;0;03023125020;23125010;SIP0;new;newer;newest;x;",
			call.Event{Kind: call.Ring, Caller: "03023125020", Callee: "23125010", Trunk: "SIP0"}},
		{"crlf", at + "DISCONNECT;0;0;\r\n", call.Event{Kind: call.Disconnect}},
		{"blanks", " \t" + at + "RING; 0 ; 030 23125020 ;23125010 ; SIP0 ; \n",
			call.Event{Kind: call.Ring, Caller: "030 23125020", Callee: "23125010", Trunk: "SIP0"}},
		{"two numbers", at + "RING;0;08002345678 (03023125900);23125069;SIP0;",
			call.Event{Kind: call.Ring, Caller: "08002345678 (03023125900)", Callee: "23125069", Trunk: "SIP0"}},
		{"latin-1", at + "RING;0;M\xfcller;23125069;SIP0;",
			call.Event{Kind: call.Ring, Caller: "M\uFFFDller", Callee: "23125069", Trunk: "SIP0"}},
		{"utf-8", at + "RING;0;Müller;23125069;SIP0;",
			call.Event{Kind: call.Ring, Caller: "Müller", Callee: "23125069", Trunk: "SIP0"}},
		{"nul and friends", at + "RING;0;0171\x003920\x1b\u202e055;23125069;SIP0;",
			call.Event{Kind: call.Ring, Caller: "01713920055", Callee: "23125069", Trunk: "SIP0"}},
		{"great id", at + "DISCONNECT;9999;604800;",
			call.Event{Kind: call.Disconnect, Connection: 9999, Duration: 7 * 24 * time.Hour}},
		{"endless number", at + "RING;0;" + long + ";23125069;" + long + ";",
			call.Event{Kind: call.Ring, Caller: long[:maxNumber], Callee: "23125069", Trunk: long[:maxWord]}},
		{"cut between runes", at + "RING;0;" + strings.Repeat("1", 63) + "ü;2;",
			call.Event{Kind: call.Ring, Caller: strings.Repeat("1", 63), Callee: "2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Stamp, test.want.Received = stamp, noon
			got, err := Parse([]byte(test.line), fixed)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseBadLines(t *testing.T) {
	for _, test := range []struct {
		line string
		want LineReason
	}{
		{"", Empty},
		{" \r\n", Empty},
		{at + strings.Repeat("x", MaxLine), TooLong},
		{"hello", TooFewFields},
		{"\x00\x00", TooFewFields},
		{at, TooFewFields},
		{at + "RING", TooFewFields},
		{at + "RING;0;", TooFewFields},
		{at + "RING;0;01713920055;", TooFewFields},
		{at + "CALL;1;13;23125732;", TooFewFields},
		{at + "CONNECT;1", TooFewFields},
		{at + "DISCONNECT;1;", TooFewFields},
		{";;;;;;;;;", BadStamp},
		{"never;RING;0;01713920055;23125732;SIP1;", BadStamp},
		{at + "PICKUP;0;1;x;", UnknownEvent},
		{at + "ring;0;01713920055;23125732;SIP1;", UnknownEvent},
		{at + ";0;01713920055;23125732;SIP1;", UnknownEvent},
		{at + "RING;-1;03023125456;23125069;SIP0;", BadConnection},
		{at + "RING;+1;03023125456;23125069;SIP0;", BadConnection},
		{at + "RING;;03023125456;23125069;SIP0;", BadConnection},
		{at + "RING;10000;03023125456;23125069;SIP0;", BadConnection},
		{at + "RING;18446744073709551616;03023125456;23125069;SIP0;", BadConnection},
		{at + "DISCONNECT;0;604801;", BadDuration},
		{at + "DISCONNECT;0;-1;", BadDuration},
		{at + "DISCONNECT;0;;", BadDuration},
		{at + "DISCONNECT;0;99999999999999999999;", BadDuration},
	} {
		ev, err := Parse([]byte(test.line), fixed)
		var bad *BadLine
		if !errors.As(err, &bad) || bad.Reason != test.want {
			t.Errorf("%.60q: %v, want %v", test.line, err, test.want)
		}
		if ev != (call.Event{}) {
			t.Errorf("%.60q: an event all the same: %+v", test.line, ev)
		}
	}
}

// An unreadable stamp must not cost the call.
func TestParseUnreadableStamp(t *testing.T) {
	for _, s := range []string{
		"32.11.26 10:00:00", "00.11.26 10:00:00", "30.02.26 10:00:00", "21.13.26 10:00:00", "21.00.26 10:00:00",
		"21.11.26 24:00:00", "21.11.26 10:60:00", "21.11.26 10:00:60", "21.11.2026 10:00:00", "2026-11-21T10:00:00",
		"1.1.26 1:00:00", "21.11.26", "21.11.26 1a:00:00", "21.11.26 10:00:0-", "0",
	} {
		ev, err := Parse([]byte(s+";RING;0;01713920055;23125732;SIP1;"), fixed)
		if err != nil || !ev.Stamp.IsZero() || !ev.Received.Equal(noon) || ev.Caller != "01713920055" {
			t.Errorf("%s: %v, stamp %v", s, err, ev.Stamp)
		}
	}
}

func TestParseWithoutClock(t *testing.T) {
	before := time.Now()
	ev, err := Parse([]byte(at+"DISCONNECT;0;0;"), nil)
	if err != nil || ev.Received.Before(before) || ev.Stamp.IsZero() {
		t.Error(ev, err)
	}
}

func TestLineReasonNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range LineReasons {
		text, err := r.MarshalText()
		if err != nil || seen[string(text)] || r.String() == "unknown" {
			t.Errorf("%d: %q %v", r, text, err)
		}
		seen[string(text)] = true
	}
	if len(lineReasonNames) != len(LineReasons)+2 { // unknown and empty
		t.Error("a reason is missing in LineReasons")
	}
	if s := LineReason(200).String(); s != "unknown" {
		t.Error(s)
	}
	if s := (&BadLine{Reason: Cut}).Error(); s != "parse line: cut" {
		t.Error(s)
	}
}
