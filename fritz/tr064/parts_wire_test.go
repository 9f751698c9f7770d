package tr064_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
)

// answer is an answer of the box to an action, with these values as they are.
func answer(action, values string) string {
	return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:` + action +
		`Response xmlns:u="u">` + values + `</u:` + action + `Response></s:Body></s:Envelope>`
}

func trouble(t *testing.T, b *fritztest.Box, x fritztest.Trouble) {
	t.Helper()
	if err := b.Trouble(x); err != nil {
		t.Fatal(err)
	}
}

// TestDeviceInCase: serial and uptime are done without, or read from what there is of them.
// Nothing else is lost.
func TestDeviceInCase(t *testing.T) {
	log := strings.Repeat("30.11.26 20:00:00 Anmeldung von <unbekannt> & \x00\x1b ]]> &#11;\n", 12_000) // 700 KB
	known := "<NewSerialNumber>2C3AFD0099AA</NewSerialNumber><NewUpTime>77</NewUpTime>"
	for name, test := range map[string]struct {
		trouble fritztest.Trouble
		serial  bool
	}{
		"a log of 700 KB":  {fritztest.Trouble{Kind: "body", Body: answer("GetInfo", known+"<NewDeviceLog>"+log+"</NewDeviceLog>")}, true},
		"a log with junk":  {fritztest.Trouble{Kind: "body", Body: answer("GetInfo", known+"<NewDeviceLog>"+log[:2000]+"</NewDeviceLog>")}, true},
		"the log in front": {fritztest.Trouble{Kind: "body", Body: answer("GetInfo", "<NewDeviceLog>"+log[:2000]+"</NewDeviceLog>"+known)}, true},
		"web page":         {fritztest.Trouble{Kind: "html"}, false}, "500": {fritztest.Trouble{Kind: "500"}, false}, "empty": {fritztest.Trouble{Kind: "empty"}, false},
		"fault": {fritztest.Trouble{Kind: "fail", Code: 820}, false}, "refused": {fritztest.Trouble{Kind: "fail", Code: 401}, false}, "silence": {fritztest.Trouble{Kind: "silence"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := simulated(t)
			c := client(t, b, tr064.Options{})
			test.trouble.At = "GetInfo"
			trouble(t, b, test.trouble)
			d, err := c.Device(t.Context())
			if err != nil || d.Model == "" || (d.Serial == "2C3AFD0099AA" && d.Uptime == 77*time.Second) != test.serial {
				t.Errorf("%+v, %v", d, err)
			}
			if books, err := c.AllPhonebooks(t.Context(), nil); err != nil || len(books) != 1 {
				t.Errorf("%v, %v", books, err)
			}
		})
	}
}

// TestPartsOfTheLine: what the box tells of its line, its phones and its rules is read as far as
// it can be, and completed with what was known.
func TestPartsOfTheLine(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	all := must[tr064.Telephony](t)(c.Telephony(t.Context()))
	for _, action := range []string{"X_AVM-DE_GetVoIPCommonCountryCode", "X_AVM-DE_GetVoIPCommonAreaCode", "X_AVM-DE_GetNumbers"} {
		b.Fail(820, action, 0)
		got, err := c.Telephony(t.Context())
		if err == nil || got.Country+got.Area == "" || got.Or(all).Country != all.Country || got.Or(all).Area != all.Area || len(got.Or(all).Numbers) != len(all.Numbers) {
			t.Errorf("%s: %+v, %v", action, got, err)
		}
		b.Heal()
	}
	phones := must[[]tr064.Phone](t)(c.Phones(t.Context()))
	trouble(t, b, fritztest.Trouble{Kind: "html", At: "GetDECTHandsetList"})
	if some, err := c.Phones(t.Context()); err == nil || len(some) == 0 || len(some) >= len(phones) {
		t.Errorf("%+v of %+v, %v", some, phones, err)
	}
	b.Heal()
	for _, from := range []string{"06990009040", "06990009041", "06990009042"} {
		b.AddDeflection(fritztest.Deflection{Enabled: true, Number: from, Type: "fromNumber", To: "03023125123"})
	}
	trouble(t, b, fritztest.Trouble{Kind: "html", At: "GetDeflections"})
	if rules, err := c.Deflections(t.Context()); err != nil || len(rules) != 3 {
		t.Errorf("one by one: %+v, %v", rules, err)
	}
	b.Fail(820, "GetDeflection?NewDeflectionId=1", 0)
	if rules, err := c.Deflections(t.Context()); err == nil || len(rules) != 2 || rules[1].ID != 2 {
		t.Errorf("one of three: %+v, %v", rules, err)
	}
}

// TestListsWithJunk: what XML does not allow costs itself alone in every answer.
func TestListsWithJunk(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	junk := "Zahn&amp;#11;arzt &amp;#0; \x01A &lt; B ]]&gt; &amp;amp; &#11;\xfc"
	name := "Zahnarzt"
	list := func(action, value, items string) fritztest.Trouble {
		return fritztest.Trouble{Kind: "body", At: action, Body: answer(action, "<New"+value+">&lt;List&gt;"+items+"&lt;/List&gt;</New"+value+">")}
	}
	trouble(t, b, list("GetList", "TAMList", "&lt;Item&gt;&lt;@attributes&gt;&lt;Index&gt;7&lt;/Index&gt;&lt;/@attributes&gt;&lt;Index&gt;0&lt;/Index&gt;&lt;Display&gt;1&lt;/Display&gt;&lt;Enable&gt;1&lt;/Enable&gt;&lt;Name&gt;"+junk+"&lt;/Name&gt;&lt;/Item&gt;"))
	if got, err := c.AnsweringMachines(t.Context()); err != nil || len(got) != 1 || got[0].Index != 0 || !strings.HasPrefix(got[0].Name, name) {
		t.Errorf("%+v, %v", got, err)
	}
	trouble(t, b, list("GetDeflections", "DeflectionList", "&lt;Item&gt;&lt;DeflectionId&gt;0&lt;/DeflectionId&gt;&lt;Number&gt;"+junk+"&lt;/Number&gt;&lt;/Item&gt;"))
	if got, err := c.Deflections(t.Context()); err != nil || len(got) != 1 || !strings.HasPrefix(got[0].Number, name) {
		t.Errorf("%+v, %v", got, err)
	}
	trouble(t, b, list("X_AVM-DE_GetNumbers", "NumberList", "&lt;Item&gt;&lt;Number&gt;23125069&lt;/Number&gt;&lt;Name&gt;"+junk+"&lt;/Name&gt;&lt;/Item&gt;"))
	if got, err := c.Telephony(t.Context()); err != nil || len(got.Numbers) != 1 || !strings.HasPrefix(got.Numbers[0].Name, name) {
		t.Errorf("%+v, %v", got, err)
	}
	raw := strings.NewReplacer("&amp;#", "&#", "&lt;", "<", "&gt;", ">").Replace(junk)
	trouble(t, b, fritztest.Trouble{Kind: "body", At: "calllist.lua", Body: "<root><timestamp>1</timestamp><Call><Id>7</Id><Type>2</Type><Caller>03023125321</Caller><Name>" + raw +
		"</Name><Date>01.08.25 13:33</Date></Call><Call><Id>6</Id><Type>2</Type><Caller>03023125322</Caller><Date>01.08.25 13:32</Date></Call></root>"})
	if got, err := c.Calls(t.Context(), tr064.CallsQuery{}); err != nil || len(got.Entries) != 2 || !strings.HasPrefix(got.Entries[0].Name, name) {
		t.Errorf("%+v, %v", got, err)
	}
	trouble(t, b, fritztest.Trouble{Kind: "body", At: "phonebook.lua", Body: "<phonebooks><phonebook><contact><category>1\n</category><person><realName>" + raw +
		"</realName></person><telephony><number type='home'>03023125321</number></telephony></contact><contact><telephony><number>03023125322</number></telephony></contact></phonebook></phonebooks>"})
	books, err := c.AllPhonebooks(t.Context(), nil)
	if err != nil || len(books) != 1 || len(books[0].Contacts) != 2 || !strings.HasPrefix(books[0].Contacts[0].Name, name) || !books[0].Contacts[0].VIP {
		t.Errorf("%+v, %v", books, err)
	}
}

// TestBadBarringList: a call barring list that cannot be read is named, and nobody is told that
// it is another host.
func TestBadBarringList(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	trouble(t, b, fritztest.Trouble{Kind: "empty", At: "phonebook.lua?pbid=258"})
	_, err := c.Barring(t.Context())
	var e *tr064.Error
	if !errors.As(err, &e) || e.Action != "GetCallBarringList" || strings.Contains(e.Hint(call.English), "host") {
		t.Errorf("%v, %+v", err, e)
	}
}

// TestWriteBesideABadBook: a phonebook that cannot be read does not keep anybody from writing
// into another one.
func TestWriteBesideABadBook(t *testing.T) {
	b := simulated(t)
	b.AddPhonebook(fritztest.Phonebook{Name: "Verein"})
	b.AddPhonebook(fritztest.Phonebook{Name: "Familie"})
	b.Fail(820, "GetPhonebook?NewPhonebookID=1", 0)
	c := client(t, b, tr064.Options{})
	must[tr064.Change](t)(c.AddContact(t.Context(), tr064.BookRef{Name: "Familie"}, contact("Anna", "06990009050")))
	if got := shown(t, b, "Familie"); got != "Anna 06990009050" {
		t.Error(got)
	}
	if book := must[*tr064.Phonebook](t)(c.Phonebook(t.Context(), tr064.BookRef{Name: "Familie"}, nil)); len(book.Contacts) != 1 {
		t.Errorf("%+v", book)
	}
	if _, err := c.AddContact(t.Context(), tr064.BookRef{Name: "Verein"}, contact("Anna", "06990009050")); tr064.ReasonOf(err) != tr064.Failed || errors.Is(err, tr064.ErrNoSuchBook) {
		t.Error(err)
	}
}
