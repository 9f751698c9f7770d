package phonebook_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
)

func plan(t testing.TB) *call.Plan {
	t.Helper()
	p, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bookOf(name string, entries ...string) *phonebook.Phonebook {
	b := &phonebook.Phonebook{Name: name}
	for i, e := range entries {
		who, number, _ := strings.Cut(e, "=")
		b.Contacts = append(b.Contacts, phonebook.Contact{UID: uint32(i + 1), Name: who, Numbers: []phonebook.PhoneNumber{{Number: number}}})
	}
	return b
}

func TestDirectory(t *testing.T) {
	p := plan(t)
	friends := bookOf("Freunde", "Oma=23125 456", "Opa=+49 (30) 23125-457", "SIP=500@hd-telefonie.example", "Küche=**610", "Abroad=0043 1 23456789", "=030 23125458")
	spam := bookOf("Sperre", "range=030231259*", "narrow=0302312599*", "narrowest=03023125990", "Oma again=03023125456", "mobile range=0171392*", "Austria=0043*", "all abroad=00*", "own country=0049221 4710*")
	ignored := bookOf("Alt", "Gone=069 90009000")
	d := phonebook.NewDirectory(p, []*phonebook.Phonebook{friends, ignored, spam}, []phonebook.Role{phonebook.Trusted, phonebook.Ignore, phonebook.Blocked})
	if d.Contacts() != len(friends.Contacts)+len(spam.Contacts) {
		t.Error(d.Contacts())
	}
	for _, test := range []struct {
		number, name string
		role         phonebook.Role
		wildcard     bool
	}{
		{"03023125456", "Oma", phonebook.Trusted, false}, {"+493023125456", "Oma", phonebook.Trusted, false}, {"004930 23125456", "Oma", phonebook.Trusted, false},
		{"23125457", "Opa", phonebook.Trusted, false}, {"**610", "Küche", phonebook.Trusted, false}, {"0043123456789", "Abroad", phonebook.Trusted, false},
		{"03023125458", "", phonebook.Trusted, false},
		{"03023125901", "range", phonebook.Blocked, true}, {"03023125991", "narrow", phonebook.Blocked, true}, {"03023125990", "narrowest", phonebook.Blocked, false},
		{"01713920055", "mobile range", phonebook.Blocked, true}, {"+436641234567", "Austria", phonebook.Blocked, true}, {"+33145678901", "all abroad", phonebook.Blocked, true},
		{"02214710123", "own country", phonebook.Blocked, true},
	} {
		m, ok := d.Find(p.Number(test.number))
		if !ok || m.Contact.Name != test.name || m.Role != test.role || m.Wildcard != test.wildcard {
			t.Errorf("%s: %+v %v", test.number, m, ok)
		}
	}
	for _, number := range []string{"", "06990009000", "08999998123", "**611", "110", "0302312", "500"} {
		if m, ok := d.Find(p.Number(number)); ok {
			t.Errorf("%q is %s", number, m.Contact.Name)
		}
	}
	all := d.All(nil, p.Number("03023125990"))
	if len(all) != 3 || all[0].Contact.Name != "narrowest" || all[1].Contact.Name != "narrow" || all[2].Contact.Name != "range" {
		t.Errorf("%+v", all)
	}
	if m := d.All(nil, p.Number("03023125456")); len(m) != 2 {
		t.Errorf("%+v", m)
	}
	var none *phonebook.Directory
	if _, ok := none.Find(p.Number("110")); ok || none.Contacts() != 0 {
		t.Error("an empty directory finds")
	}
}

// TestWhatPeopleKeep: a number is found however it is kept to be dialled, in both directions.
func TestWhatPeopleKeep(t *testing.T) {
	p := plan(t)
	d := phonebook.NewDirectory(p, []*phonebook.Phonebook{bookOf("Telefonbuch", "Bert=*31#01713920055", "Cilly=*121#06990009040", "Dora=04066969021#",
		"Ernst=#31#040 66969-022", "Fax=+49 (0) 30 / 23125-321", "Gabi=010330 6990009041", "Hugo=069 90009042,,123", "Ida=tel:+49-69-90009043",
		"Musik=200@hd-telefonie.avm.de", "Ohne Punkt=200@hdtelefonie", "Karl=sip:Karl.M@Sip-Gate.de")}, nil)
	for name, lines := range map[string][]string{
		"Bert": {"01713920055", "*31#01713920055", "#31#01713920055", "+491713920055"}, "Cilly": {"06990009040", "*121#06990009040", "*31#06990009040", "06990009040#"},
		"Dora": {"04066969021", "04066969021#"}, "Ernst": {"04066969022"}, "Fax": {"03023125321", "23125321", "004930 23125321"}, "Gabi": {"06990009041", "0103306990009041"},
		"Hugo": {"06990009042"}, "Ida": {"06990009043", "004969 90009043"},
		"Musik": {"200@hd-telefonie.avm.de", "sip:200@HD-Telefonie.avm.de"}, "Ohne Punkt": {"200@hdtelefonie"}, "Karl": {"karl.m@sip-gate.de"},
	} {
		for _, line := range lines {
			if m, ok := d.Find(p.Dialled(line)); !ok || m.Contact.Name != name {
				t.Errorf("%s dialled: %+v %v, not %s", line, m.Contact, ok, name)
			}
			if strings.ContainsAny(line, "*#:") || strings.HasPrefix(line, "010") {
				continue // nobody calls so
			}
			if m, ok := d.Find(p.Caller(line).Number); !ok || m.Contact.Name != name {
				t.Errorf("%s calling: %+v %v, not %s", line, m.Contact, ok, name)
			}
		}
	}
	for _, line := range []string{"200@hd-telefonie.avm.com", "201@hdtelefonie", "200"} {
		if m, ok := d.Find(p.Dialled(line)); ok {
			t.Errorf("%s is %s", line, m.Contact.Name)
		}
	}
}
