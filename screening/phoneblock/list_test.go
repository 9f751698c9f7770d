package phoneblock

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/screening/mirror"
)

func TestReadList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		numbers int // -1 = it cannot be read
		version int64
	}{
		"as documented":  {`{"numbers":[{"phone":"+493023125123","rating":"G_FRAUD","votes":4},{"phone":"+493023125124","rating":"F_GAMBLE","votes":10,"lastActivity":1795284000000}],"version":42}`, 2, 42},
		"version first":  {`{"version":42,"numbers":[{"votes":4,"phone":"+493023125123"}],"more":{"a":[1,2,{}]}}`, 1, 42},
		"deleted":        {`{"numbers":[{"phone":"+493023125123","rating":"A_LEGITIMATE","votes":0}],"version":43}`, 1, 43},
		"nothing new":    {`{"numbers":[],"version":42}`, 0, 42},
		"00":             {`{"numbers":[{"phone":"00493023125123","votes":4}],"version":1}`, 1, 1},
		"no numbers":     {`{"numbers":[{"phone":"","votes":4},{"phone":"anonymous","votes":4},{"votes":4},{"phone":"03023125123","votes":4},{}],"version":1}`, 0, 1},
		"null rating":    {`{"numbers":[{"phone":"+493023125123","votes":4,"rating":null}],"version":1}`, 1, 1},
		"empty":          {``, -1, 0},
		"page":           {`<html>Wartung</html>`, -1, 0},
		"array":          {`[]`, -1, 0},
		"other object":   {`{"error":"sorry"}`, -1, 0},
		"no version":     {`{"numbers":[]}`, -1, 0},
		"cut":            {`{"numbers":[{"phone":"+493023125123","votes":4}`, -1, 0},
		"cut at the end": {`{"numbers":[{"phone":"+493023125123","votes":4}],"version":4`, -1, 0},
		"votes as text":  {`{"numbers":[{"phone":"+493023125123","votes":"4"}],"version":4}`, -1, 0},
		"huge votes":     {`{"numbers":[{"phone":"+493023125123","votes":99999999999999999999}],"version":4}`, -1, 0},
		"object":         {`{"numbers":{"phone":"+493023125123"},"version":4}`, -1, 0},
		"null":           {`{"numbers":null,"version":4}`, -1, 0},
		"long value":     {`{"filler":"` + strings.Repeat("x", 200_000) + `","numbers":[],"version":4}`, -1, 0},
		"long number":    {`{"version":4,"numbers":[{"phone":"` + strings.Repeat("1", 200_000) + `"}]}`, -1, 0},
		"deep":           {`{"version":4,"more":` + strings.Repeat("[", 20_000), -1, 0},
	} {
		list, err := readList(strings.NewReader(c.text), today)
		if (err != nil) != (c.numbers < 0) || err == nil && (len(list.Entries) != c.numbers || list.Version != c.version) {
			t.Errorf("%s: %d numbers, version %d, %v", name, len(list.Entries), list.Version, err)
		}
		if err != nil && strings.Contains(err.Error(), "3023") {
			t.Errorf("%s: the error tells a number: %v", name, err)
		}
	}
}

// TestLongList is longer than what one piece may be.
func TestLongList(t *testing.T) {
	t.Parallel()
	text := `{"numbers":[` + strings.Repeat(`{"phone":"+493023125123","rating":"G_FRAUD","votes":4},`, 20_000) + `{"phone":"+493023125124","votes":4}],"version":4}`
	list, err := readList(strings.NewReader(text), today)
	if err != nil || len(list.Entries) != 20_001 || mirror.NewTable(list.Entries).Len() != 2 {
		t.Errorf("%d numbers, %v", len(list.Entries), err)
	}
}

func TestLegitimateIsNotHeldAgainstANumber(t *testing.T) {
	t.Parallel()
	list, err := readList(strings.NewReader(`{"numbers":[{"phone":"+493023125123","rating":"A_LEGITIMATE","votes":50}],"version":4}`), today)
	if err != nil || len(list.Entries) != 1 || list.Entries[0].Payload() != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func FuzzReadList(f *testing.F) {
	f.Add(`{"numbers":[{"phone":"+493023125123","rating":"G_FRAUD","votes":4,"lastActivity":1795284000000}],"version":42}`)
	f.Add(`{"version":1e3,"numbers":[{"phone":"00","votes":-1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := readList(strings.NewReader(text), today)
		if err != nil {
			return
		}
		for _, e := range mirror.NewTable(list.Entries).Block(493023125123, 1_000_000) {
			if l := unpack(e.Payload(), today); l.Votes <= 0 || l.Rating > Fraud {
				t.Errorf("%+v", l)
			}
		}
	})
}
