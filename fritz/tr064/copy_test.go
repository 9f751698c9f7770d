package tr064

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/google/go-cmp/cmp"
)

func sample(t testing.TB) *Copy {
	t.Helper()
	book, _, err := ReadPhonebook(strings.NewReader(odd))
	if err != nil {
		t.Fatal(err)
	}
	return &Copy{
		Saved: time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC), Device: Device{Description: Description{Model: "FRITZ!Box 7530", Version: "8.02"}},
		Telephony: Telephony{Country: "49", Area: "030", Numbers: []OwnNumber{{"23125069", "Zuhause", "eVoIP"}}},
		Phones:    []Phone{{"10", "Küche", DECT}}, Phonebooks: []*Phonebook{book}, Barring: &Phonebook{Contacts: []Contact{{UID: 1, Name: "SPAM", Numbers: []PhoneNumber{{Number: "0800123*"}}}}},
		Calls: CallMark{Seen: []CallSeen{{ID: 4096, Key: "abc"}}},
	}
}

func TestCopy(t *testing.T) {
	want := sample(t)
	var b bytes.Buffer
	if err := want.Encode(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	got, err := DecodeCopy(bytes.NewReader(whole))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for i := range whole { // every bit that flips, every length it is cut to
		bad := bytes.Clone(whole)
		bad[i] ^= 1
		if _, err := DecodeCopy(bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d changed, and nobody noticed", i)
		}
		if _, err := DecodeCopy(bytes.NewReader(whole[:i])); err == nil {
			t.Fatalf("cut to %d bytes, and nobody noticed", i)
		}
	}
	later := bytes.Replace(whole, []byte("callporter-tr064 1 "), []byte("callporter-tr064 2 "), 1)
	if _, err := DecodeCopy(bytes.NewReader(later)); !errors.Is(err, ErrCopyVersion) {
		t.Error(err)
	}
}

func FuzzDecodeCopy(f *testing.F) {
	var b bytes.Buffer
	if err := sample(f).Encode(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("callporter-tr064 1 2 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := DecodeCopy(bytes.NewReader(data)); err == nil {
			phonebook.NewDirectory(nil, c.Phonebooks, nil)
		}
	})
}
