package tr064

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadMachines(t *testing.T) {
	got, err := readMachines(`<List><TAMRunning>1</TAMRunning><Stick>0</Stick><Item><Index>0</Index><Display>1</Display><Enable>1</Enable><Name>Anrufbeantworter 1</Name></Item>` +
		`<Item><Index>1</Index><Display>0</Display><Enable>0</Enable><Name></Name></Item><Item><Index>2</Index><Display>1</Display><Enable>0</Enable><Name>Büro</Name></Item></List>`)
	want := []AnsweringMachine{{0, "Anrufbeantworter 1", true}, {2, "Büro", false}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReadMessages(t *testing.T) {
	root, err := readText(`<Root><!-- index:0 --><Message><Index>1</Index><Tam>0</Tam><Called>23125069</Called><Date>31.07.25 20:15</Date><Duration>0:01</Duration><New>1</New><Number>01713920055</Number><Path>/download.lua?path=/x</Path></Message></Root>`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readMessages(root, 3, time.UTC)
	want := []Message{{Machine: 3, Index: 1, Number: "01713920055", Called: "23125069", Date: time.Date(2025, 7, 31, 20, 15, 0, 0, time.UTC), Duration: time.Minute, New: true, Path: "/download.lua?path=/x"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// FuzzReaders: all readers of small documents end, with an error or with values that are
// bounded.
func FuzzReaders(f *testing.F) {
	f.Add(oddCalls)
	f.Add(odd)
	f.Add(`<List><Item><DeflectionId>0</DeflectionId><Enable>1</Enable><Type>fromNumber</Type><Number>1</Number><Index>0</Index><X_AVM-DE_InternalNumber>620</X_AVM-DE_InternalNumber></Item><Username last_user="1">a</Username></List>`)
	f.Add(`<Root><Message><Index>1</Index><Date>31.07.25 20:15</Date></Message></Root>`)
	f.Add("0,1,2")
	f.Fuzz(func(t *testing.T, text string) {
		if ids, err := readIDs(text); err == nil && len(ids) > maxPhonebooks {
			t.Error(len(ids))
		}
		if machines, _ := readMachines(text); len(machines) > maxMachines {
			t.Error(len(machines))
		}
		if rules, _ := readDeflections(text); len(rules) > maxDeflections {
			t.Error(len(rules))
		}
		if numbers, _ := readOwnNumbers(text); len(numbers) > maxOwnNumbers {
			t.Error(len(numbers))
		}
		_, _ = readClients(text)
		if c, n, err := readContact(text); err == nil {
			if reread, _, err := readContact(entryXML(n, c.UID)); err != nil || !sameContact(reread, c) {
				t.Errorf("%+v became %+v, %v", c, reread, err)
			}
		}
		root, err := readText(text)
		if err != nil {
			return
		}
		if l, err := readCalls(root, time.UTC); err == nil {
			_, next, _, _ := l.since(CallMark{})
			if fresh, _, epoch, _ := l.since(next); len(fresh) != 0 || epoch && len(l.Entries) < maxSeen {
				t.Errorf("a list read twice is new: %v, %v", fresh, epoch)
			}
		}
		_, _ = readMessages(root, 0, time.UTC)
	})
}
