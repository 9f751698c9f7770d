package boxscript_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestTR064Script drives the box in the words of the script language.
func TestTR064Script(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	run := func(text string) {
		t.Helper()
		s, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(boxtest.Within(t), b, 0); err != nil {
			t.Fatal(err)
		}
	}
	run(`phonebook CardDAV synced
phonebook Firma capacity 5
contact Firma "Müller, Jörg" vip home=03023125456 500@hd-telefonie.avm.de image=/var/1.jpg
fill Telefonbuch 20
turn Telefonbuch
contact barring SPAM 0699000*
deflection 01713920055 from 03023125999 off
machine Praxis
numbers 23125069=Zuhause 23125123
handset Küche
codes 49 40
voicemail 01713920055 to 23125069 by 41
ring 01713920011 to 23125069 as guest
connect guest 40
record guest
hangup guest`)
	s := b.State().TR064
	if len(s.Phonebooks) != 3 || s.Phonebooks[1].Name != "Firma" || s.Phonebooks[1].Contacts != 1 || s.Phonebooks[0].Contacts != 20 ||
		!s.Phonebooks[2].Synced || s.Barred != 1 || len(s.Machines) != 2 || s.Machines[1].New != 1 || s.Machines[0].New != 1 ||
		len(s.Deflections) != 1 || s.Deflections[0].Enabled || s.Calls != 2 {
		t.Errorf("the box is %+v", s)
	}
	run("nocontact Firma 1\nrename Firma Büro\nnophonebook CardDAV\nuser anna geheim P last\nuser bert geheim\nnouser bert")
	if s = b.State().TR064; len(s.Phonebooks) != 2 || s.Phonebooks[1].Name != "Büro" || s.Phonebooks[1].Contacts != 0 || len(s.Users) != 2 {
		t.Errorf("the box is %+v", s)
	}
	run("answer 503 at GetCallList times 1\nfail 820 at GetPhonebookList\nabsent GetDeflections\nweary 5\ndialaid off\nfactor on at GetCallList\nfactor blocked\nloginpage on\nurlhost 192.0.2.1\ncalllist off\naccess off")
	want := "answer 503 at GetCallList times 1|fail 820 at GetPhonebookList|access off|weary 5|factor blocked|loginpage on|urlhost 192.0.2.1|absent GetDeflections|calllist off|dialaid off"
	if got := strings.Join(b.State().Faults, "|"); got != want {
		t.Errorf("the faults are\n%s, want\n%s", got, want)
	}
	run("answer right\naccess on\nabsent GetCallList\npresent GetCallList\npresent GetDeflections\nweary 0\ndialaid on\nfactor off at GetCallList\nfactor free\nloginpage off\nurlhost off\ncalllist on\ncalllist new\nstale\nexpire\nunlock\nnoncelife 1m\nrealm \"F!Box SOAP-Auth\"\ncertificate\nports off")
	if got := b.State(); len(got.Faults) != 0 || got.TR064.Listening {
		t.Errorf("the box is %+v", got)
	}
	run("ports on")
	c.Must(boxtest.OnTel, "GetCallList")
	if _, err := parse("factor blocked at GetCallList"); err == nil {
		t.Error("at behind blocked is accepted")
	}
	for _, text := range []string{"confirm", "nocontact Nirgends 1", "record guest"} {
		s, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(boxtest.Within(t), b, 0); err == nil {
			t.Errorf("%s goes well", text)
		}
	}
}
