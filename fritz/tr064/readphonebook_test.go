package tr064

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/google/go-cmp/cmp"
)

// odd is a book with everything real ones have been seen to contain.
const odd = `<?xml version="1.0" encoding="utf-8"?>
<phonebooks>
<phonebook owner="1" name="Haus &amp; Hof"><timestamp>1754035201</timestamp>
<contact modified="1"><category /><person><realName>Bäcker "Süß" &amp; Söhne &lt;Filiale&gt;</realName></person><telephony
nid="3"><number type="work" prio="1" id="0">030 23125-456</number><number
 type="mobile" id="1" quickdial="7" vanity="BROT">+49 171 3920055</number><number type="" id="2">  </number></telephony><services
nid="1"><email classifier="private" id="0">brot@example.org</email></services><setup><ringTone prefix="0" /></setup><features
doorphone="0" /><mod_time>1754030000</mod_time><uniqueid>23</uniqueid></contact>
<contact><category>1</category><person><realName></realName><imageURL>/download.lua?path=/fonpix/7-0.jpg</imageURL></person><telephony
nid="1"><number type="label:Nachtruf" prio="1" id="0">06990009*</number></telephony><services /><setup /><uniqueid>24</uniqueid></contact>
<contact><category>0</category><person><realName>Konferenz
 Raum</realName></person><telephony><number type="sip">500@hd-telefonie.example</number><number>**610</number></telephony><uniqueid>25</uniqueid></contact>
<contact><person><realName>nobody &unknown; </realName></person></contact>
</phonebook>
</phonebooks>`

func TestReadPhonebook(t *testing.T) {
	book, modified, err := ReadPhonebook(strings.NewReader(odd))
	if err != nil || !modified {
		t.Fatal(modified, err)
	}
	want := &Phonebook{Name: "Haus & Hof", Owner: 1, Timestamp: "1754035201", Contacts: []Contact{
		{UID: 23, Name: `Bäcker "Süß" & Söhne <Filiale>`, Modified: 1754030000, Numbers: []PhoneNumber{
			{Number: "030 23125-456", Type: "work", Main: true}, {Number: "+49 171 3920055", Type: "mobile"}}},
		{UID: 24, VIP: true, Image: "/download.lua?path=/fonpix/7-0.jpg", Numbers: []PhoneNumber{
			{Number: "06990009*", Type: "label:Nachtruf", Main: true}}},
		{UID: 25, Name: "Konferenz Raum", Numbers: []PhoneNumber{
			{Number: "500@hd-telefonie.example", Type: "sip"}, {Number: "**610"}}},
		{Name: "nobody &unknown;"},
	}}
	if diff := cmp.Diff(want, book); diff != "" {
		t.Error(diff)
	}
}

func TestReadPhonebookOfOldBoxes(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"latin-1":            {"<phonebooks><phonebook><contact><person><realName>M\xfcller</realName></person></contact></phonebook></phonebooks>", "Müller"},
		"latin-1, declared":  {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><phonebooks><phonebook><contact><person><realName>M\xfcller</realName></person></contact></phonebook></phonebooks>", "Müller"},
		"control characters": {"<phonebooks><phonebook><contact><person><realName>A\x00B\x1fC</realName></person></contact></phonebook></phonebooks>", "A B C"},
		"no outer element":   {"<phonebook><contact><person><realName>X</realName></person></contact></phonebook>", "X"},
		"HTML entities":      {"<phonebook><contact><person><realName>&Uuml;bel</realName></person></contact></phonebook>", "Übel"},
		"something behind":   {"<phonebook><contact><person><realName>X</realName></person></contact></phonebook>\n<<<", "X"},
	} {
		book, _, err := ReadPhonebook(strings.NewReader(test.text))
		if err != nil || len(book.Contacts) != 1 || book.Contacts[0].Name != test.want {
			t.Errorf("%s: %+v, %v", name, book, err)
		}
	}
}

func TestReadPhonebookNotModified(t *testing.T) {
	book, modified, err := ReadPhonebook(strings.NewReader(
		`<phonebooks><phonebook owner="0" name="Telefonbuch"><timestamp>1754035200</timestamp><!-- not modified --></phonebook></phonebooks>`))
	if err != nil || modified || book.Timestamp != "1754035200" {
		t.Error(book, modified, err)
	}
}

func TestReadPhonebookInVain(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "cut short": odd[:len(odd)/2], "cut in the last end": odd[:len(odd)-3], "web page": "<html><body>login</body></html>",
		"no book": "<phonebooks></phonebooks>", "crossed": "<phonebooks><phonebook></phonebooks></phonebook>",
		"two books": "<phonebooks><phonebook></phonebook><phonebook></phonebook></phonebooks>",
		"nested":    strings.Repeat("<phonebook>", 100), "deep": "<phonebook>" + strings.Repeat("<a>", 100),
		"too many": "<phonebook>" + strings.Repeat("<contact/>", maxContacts+1) + "</phonebook>",
	} {
		if book, _, err := ReadPhonebook(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "read phonebook: ") {
			t.Errorf("%s: %+v, %v", name, book, err)
		}
	}
}

func FuzzReadPhonebook(f *testing.F) {
	f.Add(odd)
	f.Add(`<phonebooks><phonebook owner="258"><contact><telephony><number>0800123*</number></telephony></contact></phonebook></phonebooks>`)
	f.Add("<phonebook>\xff&#x0;&bogus;<![CDATA[x]]><!-- not modified --></phonebook>")
	f.Fuzz(func(t *testing.T, text string) {
		book, _, err := ReadPhonebook(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, c := range book.Contacts {
			if len(c.Name) > maxText || len(c.Numbers) > 64 || strings.ContainsAny(c.Name, "\r\n\x00") {
				t.Errorf("%+v", c)
			}
			// What was read can be written, and read again as the same.
			n := newEntry(c)
			if len(c.Numbers) > 0 {
				again, _, err := readContact(entryXML(n, c.UID))
				if err != nil || !sameContact(again, c) || again.UID != c.UID {
					t.Errorf("%+v became %+v, %v", c, again, err)
				}
			}
		}
		phonebook.NewDirectory(nil, []*Phonebook{book}, nil)
	})
}

// TestNoDamageSpreads: of an entry that others have spoilt only what XML allows is written
// back.
func TestNoDamageSpreads(t *testing.T) {
	c, n, err := readContact(`<contact xsi:type="SOAP-ENC:Struct"><category xsi:type="xsd:string">1
</category><person><realName xsi:type="xsd:string">Praxis&#11; <Mitte></realName></person><telephony xsi:type="SOAP-ENC:Struct" nid="1"><@attributes xsi:type="ns2:Map"><item><key>nid</key><value>1</value></item></@attributes><number xsi:type="xsd:string" prio="1" id="0" quickdial="7">03023125321</number></telephony><services nid="1"><email id="0">a&#0;@b</email></services><setup /><uniqueid>7</uniqueid></contact>`)
	if err != nil || c.Name != "Praxis" || !c.VIP || len(c.Numbers) != 1 || c.Numbers[0].Type != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	c.Numbers[0].Type = "home"
	editEntry(n, c)
	const want = `<?xml version="1.0" encoding="utf-8"?><contact><category>1</category><person><realName>Praxis</realName></person>` +
		`<telephony nid="1"><number prio="1" id="0" quickdial="7" type="home">03023125321</number></telephony>` +
		`<services nid="1"><email id="0">a@b</email></services><setup /><uniqueid>7</uniqueid></contact>`
	if got := entryXML(n, 7); got != want {
		t.Errorf("%s", got)
	}
}
