package telephony_test

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// book reads a phonebook by its URL.
func book(t *testing.T, c *boxtest.Caller, id string) string {
	t.Helper()
	return c.List(c.Must(boxtest.OnTel, "GetPhonebook", "NewPhonebookID", id)["NewPhonebookURL"])
}

func TestPhonebookEntries(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	put := func(name, uid string) string {
		t.Helper()
		return c.Must(boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", boxtest.EntryOf(name, "03023125456", uid))["NewPhonebookEntryUniqueID"]
	}
	anna, bert, cleo := put("Anna", ""), put("Müller &amp; Söhne", ""), put("Cleo", "")
	if anna == bert || bert == cleo {
		t.Fatalf("unique ids %s %s %s", anna, bert, cleo)
	}
	if diff := cmp.Diff([]string{"Anna", "Müller & Söhne", "Cleo"}, boxtest.Names(t, b, "Telefonbuch")); diff != "" {
		t.Error(diff)
	}
	if changed := put("Berta", bert); changed != bert {
		t.Errorf("a change gives the id %s, want %s", changed, bert)
	}
	if unknown := put("Doris", "4711"); unknown == "4711" {
		t.Error("an unknown id is taken over")
	}
	c.Must(boxtest.OnTel, "DeletePhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryUniqueID", anna)
	c.Fails(714, boxtest.OnTel, "DeletePhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryUniqueID", anna)
	if got := c.Must(boxtest.OnTel, "GetPhonebookEntry", "NewPhonebookID", "0", "NewPhonebookEntryID", "0")["NewPhonebookEntryData"]; !strings.Contains(got, "<realName>Berta</realName>") || !strings.HasPrefix(got, boxtest.Prolog) {
		t.Errorf("the first entry is now %s", got)
	}
	if err := b.TurnPhonebook("Telefonbuch"); err != nil {
		t.Fatal(err)
	}
	if got := c.Must(boxtest.OnTel, "GetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryUniqueID", cleo)["NewPhonebookEntryData"]; !strings.Contains(got, "Cleo") {
		t.Errorf("the id does not stay: %s", got)
	}
	c.Must(boxtest.OnTel, "SetPhonebookEntry", "NewPhonebookID", "0", "NewPhonebookEntryID", "", "NewPhonebookEntryData", boxtest.EntryOf("Emil", "1", ""))
	c.Must(boxtest.OnTel, "SetPhonebookEntry", "NewPhonebookID", "0", "NewPhonebookEntryID", "0", "NewPhonebookEntryData", boxtest.EntryOf("Fritz", "1", ""))
	if diff := cmp.Diff([]string{"Fritz", "Cleo", "Berta", "Emil"}, boxtest.Names(t, b, "Telefonbuch")); diff != "" {
		t.Error(diff)
	}
	c.Must(boxtest.OnTel, "DeletePhonebookEntry", "NewPhonebookID", "0", "NewPhonebookEntryID", "1")
	c.Fails(714, boxtest.OnTel, "GetPhonebookEntry", "NewPhonebookID", "0", "NewPhonebookEntryID", "99")
	c.Fails(713, boxtest.OnTel, "GetPhonebookEntry", "NewPhonebookID", "9", "NewPhonebookEntryID", "0")
	c.Fails(402, boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", "<contact>")
	// Written without a prolog, umlauts are spoilt.
	c.Must(boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", "<contact><person><realName>Müller</realName></person></contact>")
	if got := boxtest.Names(t, b, "Telefonbuch"); got[len(got)-1] != "MÃ¼ller" {
		t.Errorf("without a prolog the name is %q", got[len(got)-1])
	}
	s := b.State().TR064
	if s.Writes != 10 || len(s.Written) != 10 || !strings.HasPrefix(s.Written[0], "fritz3456 SetPhonebookEntryUID 1 Anna") {
		t.Errorf("the box counts %d writes: %q", s.Writes, s.Written)
	}
}

func TestPhonebooks(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	b.AddPhonebook(telephony.Phonebook{Name: "CardDAV", Synced: true, Contacts: []telephony.Contact{{Name: "Oma"}}})
	ids := func() string { return c.Must(boxtest.OnTel, "GetPhonebookList")["NewPhonebookList"] }
	name := func(id string) string {
		return c.Must(boxtest.OnTel, "GetPhonebook", "NewPhonebookID", id)["NewPhonebookName"]
	}
	if ids() != "0,1" || name("1") != "CardDAV" {
		t.Errorf("phonebooks %s, 1 is %s", ids(), name("1"))
	}
	c.Must(boxtest.OnTel, "AddPhonebook", "NewPhonebookExtraID", "", "NewPhonebookName", "Firma")
	if ids() != "0,1,2" || name("1") != "Firma" || name("2") != "CardDAV" {
		t.Errorf("a local book does not move the synced one: %s, 1 is %s", ids(), name("1"))
	}
	for _, action := range [][]string{
		{"SetPhonebookEntryUID", "NewPhonebookEntryData", boxtest.EntryOf("x", "1", "")},
		{"SetPhonebookEntry", "NewPhonebookEntryID", "0", "NewPhonebookEntryData", boxtest.EntryOf("x", "1", "")},
		{"DeletePhonebookEntryUID", "NewPhonebookEntryUniqueID", "1"},
		{"DeletePhonebookEntry", "NewPhonebookEntryID", "0"},
		{"DeletePhonebook", "NewPhonebookExtraID", ""},
	} {
		c.Fails(713, boxtest.OnTel, action[0], append([]string{"NewPhonebookID", "2"}, action[1:]...)...)
	}
	if got := c.Must(boxtest.OnTel, "GetNumberOfEntries")["NewOnTelNumberOfEntries"]; got != "1" {
		t.Errorf("%s accounts", got)
	}
	if got := c.Must(boxtest.OnTel, "GetInfoByIndex", "NewIndex", "1"); got["NewName"] != "CardDAV" || got["NewEnable"] != "1" {
		t.Errorf("the account is %v", got)
	}
	c.Must(boxtest.OnTel, "DeletePhonebook", "NewPhonebookID", "1", "NewPhonebookExtraID", "")
	c.Must(boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", boxtest.EntryOf("Anna", "1", ""))
	c.Must(boxtest.OnTel, "DeletePhonebook", "NewPhonebookID", "0", "NewPhonebookExtraID", "") // is emptied
	if got := boxtest.Names(t, b, "Telefonbuch"); ids() != "0,1" || len(got) != 0 {
		t.Errorf("phonebooks %s, the first holds %v", ids(), got)
	}

	b.AddPhonebook(telephony.Phonebook{Name: "Klein", Capacity: 2})
	for range 2 {
		c.Must(boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "1", "NewPhonebookEntryData", boxtest.EntryOf("x", "1", ""))
	}
	c.Fails(603, boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "1", "NewPhonebookEntryData", boxtest.EntryOf("x", "1", ""))
	if got := b.State().TR064.Phonebooks[1]; got != (telephony.PhonebookState{ID: 1, Name: "Klein", Contacts: 2, Capacity: 2}) {
		t.Errorf("the state is %+v", got)
	}
}

func TestPhonebookList(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	all := []telephony.Contact{
		{Name: "", Numbers: []telephony.PhoneNumber{{Number: "**610", Type: "intern"}, {Number: "500@hd-telefonie.avm.de"}}},
		{Name: `Ä & "B" <C>`, VIP: true, Image: "/var/1.jpg", Emails: []string{"a@example.org"}, Numbers: []telephony.PhoneNumber{{Number: "0301234*", Type: "other", Main: true, Quick: "7", Vanity: "ABC"}}},
	}
	for _, x := range all {
		if err := b.AddContact("Telefonbuch", x); err != nil {
			t.Fatal(err)
		}
	}
	url := c.Must(boxtest.OnTel, "GetPhonebook", "NewPhonebookID", "0")["NewPhonebookURL"]
	if !strings.HasPrefix(url, c.Base+"/phonebook.lua?sid=") || !strings.HasSuffix(url, "&pbid=0") {
		t.Fatalf("the URL is %s", url)
	}
	text := c.List(url)
	if !strings.Contains(text, "<telephony\nnid=\"2\">") {
		t.Error("no line is broken inside a tag")
	}
	for i, want := range all {
		data := "<contact>" + strings.Split(text, "<contact>")[i+1]
		data, _, _ = strings.Cut(data, "</contact>")
		got, _, err := telephony.EntryTwice(boxtest.Prolog + data + "</contact>")
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(telephony.Contact{}, "UID"), cmpopts.IgnoreUnexported(telephony.Contact{})); err != nil || diff != "" {
			t.Errorf("contact %d: %v %s", i, err, diff)
		}
	}
	_, stamp, _ := strings.Cut(text, "<timestamp>")
	stamp, _, _ = strings.Cut(stamp, "</timestamp>")
	if got := c.List(url + "&timestamp=" + stamp); !strings.Contains(got, "<!-- not modified -->") || strings.Contains(got, "contact") {
		t.Errorf("unchanged, the book is %s", got)
	}
	if err := b.RemoveContact("Telefonbuch", 1); err != nil {
		t.Fatal(err)
	}
	if got := c.List(url + "&timestamp=" + stamp); !strings.Contains(got, "<contact>") {
		t.Errorf("changed, the book is %s", got)
	}
	if err := b.FillPhonebook("Telefonbuch", 10_000); err != nil {
		t.Fatal(err)
	}
	var book struct {
		Contacts []struct {
			Numbers []string `xml:"telephony>number"`
		} `xml:"phonebook>contact"`
	}
	if err := xml.Unmarshal([]byte(c.List(url)), &book); err != nil || len(book.Contacts) != 10_001 || len(book.Contacts[5000].Numbers) != 2 {
		t.Errorf("a large book: %v, %d contacts", err, len(book.Contacts))
	}
	if got := strings.Count(c.List(url+"&max=3"), "<contact>"); got != 3 {
		t.Errorf("max=3 gives %d", got)
	}
	image := c.Must("DeviceConfig:1", "X_AVM-DE_CreateUrlSID")["NewX_AVM-DE_UrlSID"]
	if got := c.List(c.Base + "/download.lua?path=/var/1.jpg&" + image); !strings.HasPrefix(got, "\xff\xd8\xff") {
		t.Errorf("the picture begins with %q", got[:3])
	}

	b.Advance(tr064.SessionLife - 1)
	c.List(url) // extends the session
	b.Advance(tr064.SessionLife - 1)
	c.List(url)
	b.Advance(tr064.SessionLife + 1)
	if status, body := c.Get(url); status != 403 || strings.Contains(body, "phonebook") {
		t.Errorf("an expired session: %d %s", status, body)
	}
	b.LoginPage(true)
	if status, body := c.Get(url); status != 200 || !strings.HasPrefix(body, "<HTML>") {
		t.Errorf("an expired session: %d %s", status, body)
	}
}

func TestBarring(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	put := func(uid string) string {
		return c.Must(boxtest.OnTel, "SetCallBarringEntry", "NewPhonebookEntryData", boxtest.EntryOf("SPAM", "06990009040", uid))["NewPhonebookEntryUniqueID"]
	}
	first, second := put(""), put("")
	if first == second || len(boxtest.Names(t, b, "barring")) != 2 {
		t.Errorf("the box does not add an entry twice: %s %s", first, second)
	}
	if put(first) != first || len(boxtest.Names(t, b, "barring")) != 2 {
		t.Error("an entry with its unique id is not overwritten")
	}
	if third := put("4711"); third == "4711" || len(boxtest.Names(t, b, "barring")) != 3 {
		t.Error("an unknown id is taken over")
	}
	if got := c.Must(boxtest.OnTel, "GetCallBarringEntryByNum", "NewNumber", "+49 69 90009040")["NewPhonebookEntryData"]; !strings.Contains(got, "<uniqueid>"+first+"<") {
		t.Errorf("by number: %s", got)
	}
	if err := b.AddContact("Telefonbuch", telephony.Contact{Name: "x", Numbers: []telephony.PhoneNumber{{Number: "03023125456"}}}); err != nil {
		t.Fatal(err)
	}
	c.Fails(714, boxtest.OnTel, "GetCallBarringEntryByNum", "NewNumber", "03023125456")
	c.Must(boxtest.OnTel, "DeleteCallBarringEntryUID", "NewPhonebookEntryUniqueID", second)
	c.Fails(714, boxtest.OnTel, "DeleteCallBarringEntryUID", "NewPhonebookEntryUniqueID", second)
	text := c.List(c.Must(boxtest.OnTel, "GetCallBarringList")["NewPhonebookURL"])
	if !strings.Contains(text, `<phonebook owner="258">`) || strings.Count(text, "<contact>") != 2 {
		t.Errorf("the list is %s", text)
	}
	c.Must(boxtest.OnTel, "GetCallBarringEntry", "NewPhonebookEntryID", "1")
	c.Fails(714, boxtest.OnTel, "GetCallBarringEntry", "NewPhonebookEntryID", "2")
}

func TestNational(t *testing.T) {
	for number, want := range map[string]string{
		"030 23125-456": "03023125456", "+49 171 3920055": "01713920055", "0049 30 23125456": "03023125456", "23125456": "03023125456",
		"0301234*": "0301234*", "**610": "**610", "110": "110", "500@hd-telefonie.avm.de": "", "": "", "0043 1 5044": "004315044",
	} {
		if got := telephony.National(number); got != want {
			t.Errorf("%q is %q, want %q", number, got, want)
		}
	}
}

// TestManyWrites holds that nothing is lost or doubled among writes and reads.
func TestManyWrites(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	for i := range 200 {
		uid := c.Must(boxtest.OnTel, "SetPhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryData", boxtest.EntryOf("x"+strconv.Itoa(i), "1", ""))["NewPhonebookEntryUniqueID"]
		if i%2 == 0 {
			c.Must(boxtest.OnTel, "DeletePhonebookEntryUID", "NewPhonebookID", "0", "NewPhonebookEntryUniqueID", uid)
		}
		if got, want := strings.Count(book(t, c, "0"), "<contact>"), (i+1)/2; got != want {
			t.Fatalf("behind %d writes the book has %d entries, want %d", i+1, got, want)
		}
	}
	if got := boxtest.Names(t, b, "Telefonbuch"); len(got) != 100 || got[99] != fmt.Sprint("x", 199) {
		t.Errorf("%d entries, the last is %s", len(got), got[len(got)-1])
	}
}

func FuzzEntry(f *testing.F) {
	f.Add(boxtest.EntryOf("Müller &amp; Söhne", "0301234*", "7"))
	f.Add("<contact><person><realName>x</realName></person></contact>")
	f.Add("<?xml version=\"1.0\" encoding=\"utf-8\"?><phonebooks><contact\n/></phonebooks>")
	f.Fuzz(func(t *testing.T, data string) {
		first, second, err := telephony.EntryTwice(data)
		if err != nil {
			return
		}
		for i := range first.Numbers { // a line end is a blank in an attribute
			first.Numbers[i].Number = strings.TrimSpace(first.Numbers[i].Number)
		}
		if first.UID != second.UID || first.VIP != second.VIP || len(first.Numbers) != len(second.Numbers) || len(first.Emails) != len(second.Emails) {
			t.Errorf("%+v was written as %+v", first, second)
		}
	})
}
