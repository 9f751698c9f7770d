package tr064_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fastTiming is a timing for tests.
var fastTiming = tr064.Timing{Spacing: -1, Silence: 2 * time.Second, Whole: 4 * time.Second, Busy: 10 * time.Millisecond, Settle: 5 * time.Millisecond}

// simulated is a box on both ports with one user.
func simulated(t testing.TB, users ...fritztest.User) *fritztest.Box {
	t.Helper()
	if users == nil {
		users = []fritztest.User{{Name: "porter", Password: "gurkensalat", Last: true}}
	}
	b := fritztest.New(fritztest.Options{Users: users, Location: testkit.Berlin})
	t.Cleanup(func() { b.Close() }) //nolint:errcheck // always nil
	if err := errors.Join(b.ListenTR064("127.0.0.1:0"), b.ListenTR064S("127.0.0.1:0")); err != nil {
		t.Fatal(err)
	}
	return b
}

// client is a client of the box, with defaults where o has nothing.
func client(t testing.TB, b *fritztest.Box, o tr064.Options) *tr064.Client {
	t.Helper()
	o.Host, o.Location = "127.0.0.1", testkit.Berlin
	addr := b.TR064SAddr()
	if o.HTTP {
		addr = b.TR064Addr()
	}
	o.Port = addr.(*net.TCPAddr).Port
	if o.Password == "" {
		o.User, o.Password = "porter", "gurkensalat"
	}
	if o.Timing == (tr064.Timing{}) {
		o.Timing = fastTiming
	}
	if o.Plan == nil {
		o.Plan = plan(t)
	}
	c, err := tr064.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func plan(t testing.TB) *call.Plan {
	t.Helper()
	p, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func errorOf(t *testing.T, err error) *tr064.Error {
	t.Helper()
	var e *tr064.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is of another type", err)
	}
	return e
}

func state(b *fritztest.Box) fritztest.TR064State { return *b.State().TR064 }

func TestDevice(t *testing.T) {
	for _, plain := range []bool{false, true} {
		b := simulated(t, fritztest.User{Name: "porter", Password: "gurkensalat"}, fritztest.User{Name: "phone", Password: "kartoffel", Rights: "P"})
		c := client(t, b, tr064.Options{Connection: tr064.Connection{HTTP: plain}})
		d := must[tr064.Device](t)(c.Device(t.Context()))
		if d.Model != "FRITZ!Box 7530" || d.Version != "8.02" || !d.FRITZBox() || d.Serial == "" {
			t.Errorf("%+v", d)
		}
		if a := must[tr064.Access](t)(c.Access(t.Context())); a != (tr064.Access{User: "porter", Phone: true, Settings: true}) {
			t.Errorf("%+v", a)
		}
		// Who lacks the right for the settings still learns model and version.
		c = client(t, b, tr064.Options{Connection: tr064.Connection{HTTP: plain, User: "phone", Password: "kartoffel"}})
		d = must[tr064.Device](t)(c.Device(t.Context()))
		if d.Model != "FRITZ!Box 7530" || d.Version != "8.02" || d.Serial != "" {
			t.Errorf("%+v", d)
		}
		if a := must[tr064.Access](t)(c.Access(t.Context())); a != (tr064.Access{User: "phone", Phone: true}) {
			t.Errorf("%+v", a)
		}
		if s := state(b); s.Wrong != 0 || s.Replays != 0 {
			t.Errorf("%d wrong logins, %d repeated counts", s.Wrong, s.Replays)
		}
	}
}

func TestLastUser(t *testing.T) {
	b := simulated(t, fritztest.User{Name: "fritz3456", Password: "gurkensalat", Last: true}, fritztest.User{Name: "else", Password: "x"})
	c := client(t, b, tr064.Options{Connection: tr064.Connection{Password: "gurkensalat"}})
	if a := must[tr064.Access](t)(c.Access(t.Context())); a.User != "fritz3456" {
		t.Errorf("%+v", a)
	}
}

func TestTelephony(t *testing.T) {
	b := simulated(t)
	b.SetCodes("49", "30")
	b.SetNumbers(fritztest.OwnNumber{Number: "23125069", Name: "Zuhause"}, fritztest.OwnNumber{Number: "23125732", Name: "Praxis Müller & Söhne"})
	c := client(t, b, tr064.Options{})
	got := must[tr064.Telephony](t)(c.Telephony(t.Context()))
	want := tr064.Telephony{Country: "49", Area: "030", Numbers: []tr064.OwnNumber{
		{Number: "23125069", Name: "Zuhause", Type: "eVoIP"}, {Number: "23125732", Name: "Praxis Müller & Söhne", Type: "eVoIP"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	p := must[*call.Plan](t)(call.NewPlan(got.Country, got.Area, got.Entries()))
	if party, msn := p.Own("23125732"); party.Name != "Praxis Müller & Söhne" || msn != "493023125732" {
		t.Errorf("%s %s", party.Name, msn)
	}
	// An older box knows other actions, a box nobody has set up no area code.
	b.Absent("X_AVM-DE_GetVoIPCommonCountryCode", true)
	b.Absent("X_AVM-DE_GetVoIPCommonAreaCode", true)
	if old := must[tr064.Telephony](t)(c.Telephony(t.Context())); old.Country != "49" || strings.TrimLeft(old.Area, "0") != "30" {
		t.Errorf("%+v", old)
	}
	b.Absent("X_AVM-DE_GetVoIPCommonAreaCode", false)
	b.SetCodes("49", "")
	if none := must[tr064.Telephony](t)(c.Telephony(t.Context())); none.Area != "" {
		t.Errorf("%+v", none)
	}
}

func TestPhones(t *testing.T) {
	b := simulated(t)
	b.AddHandset("Küche")
	got := must[[]tr064.Phone](t)(client(t, b, tr064.Options{}).Phones(t.Context()))
	want := []tr064.Phone{
		{Extension: "0", Name: "Telefon", Kind: tr064.FON}, {Extension: "10", Name: "Wohnzimmer", Kind: tr064.DECT},
		{Extension: "11", Name: "Büro", Kind: tr064.DECT}, {Extension: "12", Name: "Küche", Kind: tr064.DECT},
		{Extension: "20", Name: "IP-Telefon", Kind: tr064.IP}, {Extension: "40", Name: "Anrufbeantworter 1", Kind: tr064.Machine},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPhonebooks(t *testing.T) {
	b := simulated(t)
	if err := errors.Join(
		b.AddContact("Telefonbuch", fritztest.Contact{Name: `Müller, "Jörg" & Söhne`, Emails: []string{"joerg@example.org"}, Numbers: []fritztest.PhoneNumber{
			{Number: "030 23125-456", Type: "home", Main: true}, {Number: "+49 171 3920055", Type: "mobile", Quick: "7"}}}),
		b.AddContact("Telefonbuch", fritztest.Contact{VIP: true, Image: "/download.lua?path=/fonpix/1.jpg", Numbers: []fritztest.PhoneNumber{{Number: "0301234*"}}}),
		b.AddContact("Telefonbuch", fritztest.Contact{Name: "SIP", Numbers: []fritztest.PhoneNumber{{Number: "500@hd-telefonie.example"}, {Number: "**610"}}}),
	); err != nil {
		t.Fatal(err)
	}
	b.AddPhonebook(fritztest.Phonebook{Name: "Google", Synced: true})
	c := client(t, b, tr064.Options{})
	books := must[[]*tr064.Phonebook](t)(c.AllPhonebooks(t.Context(), nil))
	if len(books) != 2 || books[0].Name != "Telefonbuch" || books[0].Synced || books[1].Name != "Google" || !books[1].Synced {
		t.Fatalf("%+v", books)
	}
	if got := books[0].Contacts; len(got) != 3 || got[0].Name != `Müller, "Jörg" & Söhne` || len(got[0].Numbers) != 2 || !got[1].VIP || got[1].Name != "" || got[2].UID == 0 {
		t.Errorf("%+v", got)
	}
	p := plan(t)
	d := phonebook.NewDirectory(p, books, nil)
	for number, name := range map[string]string{"01713920055": `Müller, "Jörg" & Söhne`, "03012345": "", "**610": "SIP"} {
		if m, ok := d.Find(p.Number(number)); !ok || m.Contact.Name != name {
			t.Errorf("%s: %+v", number, m)
		}
	}

	// Nothing has changed: the same book. Something has: the other one is kept.
	again := must[[]*tr064.Phonebook](t)(c.AllPhonebooks(t.Context(), books))
	if again[0] != books[0] || again[1] != books[1] {
		t.Error("a book that has not changed was read anew")
	}
	b.Advance(2 * time.Second)
	if err := b.AddContact("Google", fritztest.Contact{Name: "New", Numbers: []fritztest.PhoneNumber{{Number: "06990009001"}}}); err != nil {
		t.Fatal(err)
	}
	again = must[[]*tr064.Phonebook](t)(c.AllPhonebooks(t.Context(), books))
	if again[0] != books[0] || len(again[1].Contacts) != 1 {
		t.Errorf("%+v", again[1])
	}

	// A new local book moves the places; by name the right one is found.
	b.AddPhonebook(fritztest.Phonebook{Name: "Sperre"})
	moved := must[*tr064.Phonebook](t)(c.Phonebook(t.Context(), tr064.BookRef{Name: "Google", Index: 1}, nil))
	if moved.Name != "Google" || moved.Index == 1 || len(moved.Contacts) != 1 {
		t.Errorf("%+v", moved)
	}
	if _, err := c.Phonebook(t.Context(), tr064.BookRef{Name: "nowhere"}, nil); !errors.Is(err, tr064.ErrNoSuchBook) {
		t.Error(err)
	}
}

func TestForeignURL(t *testing.T) {
	b := simulated(t)
	c := client(t, b, tr064.Options{})
	for _, host := range []string{"203.0.113.7:49443", "evil.example", "fritz.box.evil.example", "127.0.0.1:1"} {
		b.URLHost(host)
		if _, err := c.Phonebook(t.Context(), tr064.BookRef{}, nil); tr064.ReasonOf(err) != tr064.ForeignURL {
			t.Errorf("phonebook at %s: %v", host, err)
		}
		if _, err := c.Calls(t.Context(), tr064.CallsQuery{}); tr064.ReasonOf(err) != tr064.ForeignURL {
			t.Errorf("call list at %s: %v", host, err)
		}
		if _, err := c.Messages(t.Context(), 0); tr064.ReasonOf(err) != tr064.ForeignURL {
			t.Errorf("messages at %s: %v", host, err)
		}
		if _, err := c.Image(t.Context(), "https://"+host+"/download.lua?path=/x"); tr064.ReasonOf(err) != tr064.ForeignURL {
			t.Errorf("picture at %s: %v", host, err)
		}
	}
	if s := state(b); len(s.Lists) != 0 {
		t.Errorf("fetched %v", s.Lists)
	}
}

func TestCalls(t *testing.T) {
	b := simulated(t)
	b.Answered("03023125456", "23125069", 10, fritztest.Course{})
	b.Missed("", "23125069", fritztest.Course{})
	b.Outgoing(10, "23125069", "06990009040", fritztest.Course{})
	b.Barred("0800234567", "23125069", fritztest.CallOptions{})
	c := client(t, b, tr064.Options{})
	list := must[tr064.CallList](t)(c.Calls(t.Context(), tr064.CallsQuery{}))
	var got []string
	for _, e := range list.Entries {
		got = append(got, strconv.Itoa(int(e.Type))+" "+e.Caller+" "+e.Own+" "+string(e.Extension))
		if e.Date.IsZero() || e.Date.Location() != testkit.Berlin {
			t.Errorf("date of %+v", e)
		}
	}
	if len(got) != 4 || !strings.HasPrefix(got[0], "10 0800234567 23125069") || got[3] != "1 03023125456 23125069 10" {
		t.Errorf("%q", got)
	}

	fresh, mark, epoch, err := c.CallsSince(t.Context(), tr064.CallMark{})
	if err != nil || len(fresh) != 4 || epoch || fresh[0].ID > fresh[3].ID {
		t.Fatal(fresh, epoch, err)
	}
	if fresh, _, epoch, err = c.CallsSince(t.Context(), mark); err != nil || len(fresh) != 0 || epoch {
		t.Error(fresh, epoch, err)
	}
	b.Missed("06990009041", "23125069", fritztest.Course{})
	fresh, mark, epoch, err = c.CallsSince(t.Context(), mark)
	if err != nil || epoch || len(fresh) != 1 || fresh[0].Caller != "06990009041" {
		t.Error(fresh, epoch, err)
	}
	b.ForgetCalls()
	if fresh, _, epoch, err = c.CallsSince(t.Context(), mark); err != nil || len(fresh) != 0 || epoch {
		t.Error("an empty list is no epoch yet", fresh, epoch, err)
	}
	b.Advance(time.Hour)
	b.Missed("06990009042", "23125069", fritztest.Course{})
	if fresh, _, epoch, err = c.CallsSince(t.Context(), mark); err != nil || len(fresh) != 1 || !epoch {
		t.Error(fresh, epoch, err)
	}
	b.CallListOff(true)
	if _, err := c.Calls(t.Context(), tr064.CallsQuery{}); tr064.ReasonOf(err) != tr064.CallListOff {
		t.Error(err)
	}
}

func TestImage(t *testing.T) {
	b := simulated(t)
	if err := b.AddContact("Telefonbuch", fritztest.Contact{Name: "Oma", Image: "/download.lua?path=/fonpix/oma.jpg", Numbers: []fritztest.PhoneNumber{{Number: "06990009040"}}}); err != nil {
		t.Fatal(err)
	}
	c := client(t, b, tr064.Options{})
	book := must[*tr064.Phonebook](t)(c.Phonebook(t.Context(), tr064.BookRef{}, nil))
	image := must[tr064.Image](t)(c.Image(t.Context(), book.Contacts[0].Image))
	if !strings.HasPrefix(image.Type, "image/") || len(image.Data) == 0 {
		t.Errorf("%s, %d bytes", image.Type, len(image.Data))
	}
}

func ctxFor(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestLargeOnTheWire: 10,000 contacts by TLS.
func TestLargeOnTheWire(t *testing.T) {
	b := simulated(t)
	b.AddPhonebook(fritztest.Phonebook{Name: "groß"})
	if err := b.FillPhonebook("groß", 10_000); err != nil {
		t.Fatal(err)
	}
	c := client(t, b, tr064.Options{})
	began := time.Now()
	book := must[*tr064.Phonebook](t)(c.Phonebook(t.Context(), tr064.BookRef{Name: "groß"}, nil))
	if len(book.Contacts) != 10_000 {
		t.Errorf("%d contacts", len(book.Contacts))
	}
	t.Logf("%d contacts in %v", len(book.Contacts), time.Since(began))
}
