package soap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadUsers(t *testing.T) {
	for list, want := range map[string]string{
		`<List><Username last_user="0">other</Username><Username last_user="1">fritz9344</Username></List>`:                                    "fritz9344",
		`<List><User><Username>a</Username><LastUser>0</LastUser></User><User><Username>fritz1</Username><LastUser>1</LastUser></User></List>`: "fritz1",
		`<List></List>`: "", ``: "",
	} {
		if _, got, err := readUsers(list); got != want || err != nil {
			t.Errorf("%s: %q, %v", list, got, err)
		}
	}
	names, last, err := readUsers(`<List><Username last_user="0"> anna </Username><Username last_user="1">fritz1</Username><Username last_user="0">anna</Username></List>`)
	if diff := cmp.Diff([]string{"anna", "fritz1"}, names); diff != "" || last != "fritz1" || err != nil {
		t.Error(diff, last, err)
	}
	if _, _, err := readUsers("<List"); ReasonOf(err) != BadAnswer {
		t.Error(err)
	}
}
