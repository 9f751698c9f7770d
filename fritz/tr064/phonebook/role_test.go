package phonebook_test

import (
	"testing"

	"github.com/callporter/callporter/fritz/tr064/phonebook"
)

func TestRoleOf(t *testing.T) {
	roles := map[phonebook.BookRef]phonebook.Role{{Name: "Sperre"}: phonebook.Blocked, {Index: 1}: phonebook.Trusted, {Index: 2, Name: "Sperre"}: phonebook.Ignore}
	for _, test := range []struct {
		book phonebook.Phonebook
		want phonebook.Role
	}{
		{phonebook.Phonebook{Index: 0, Name: "Telefonbuch"}, phonebook.Known}, {phonebook.Phonebook{Index: 1, Name: "Arbeit"}, phonebook.Trusted},
		{phonebook.Phonebook{Index: 1, Name: "Sperre"}, phonebook.Blocked}, {phonebook.Phonebook{Index: 2, Name: "Sperre"}, phonebook.Ignore},
	} {
		if got := phonebook.RoleOf(&test.book, roles); got != test.want {
			t.Errorf("%+v: %s", test.book, got)
		}
	}
}
