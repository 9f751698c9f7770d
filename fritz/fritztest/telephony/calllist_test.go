package telephony_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
)

// calls reads the call list: type, caller, called, name, device, port, duration.
func calls(t *testing.T, c *boxtest.Caller, query string) (list []string, ids []string) {
	t.Helper()
	var raw struct {
		Calls []struct {
			ID       string `xml:"Id"`
			Type     string
			Caller   string
			Called   string
			Name     string
			Device   string
			Port     string
			Duration string
		} `xml:"Call"`
	}
	text := c.List(c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"] + query)
	if err := xml.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, x := range raw.Calls {
		list = append(list, strings.Join([]string{x.Type, x.Caller, x.Called, x.Name, x.Device, x.Port, x.Duration}, ","))
		ids = append(ids, x.ID)
	}
	return list, ids
}

func TestCallList(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	if err := b.AddContact("Telefonbuch", telephony.Contact{Name: "Anna", Numbers: []telephony.PhoneNumber{{Number: "+49 30 23125-456"}}}); err != nil {
		t.Fatal(err)
	}
	if err := b.AddContact("barring", telephony.Contact{Name: "SPAM", Numbers: []telephony.PhoneNumber{{Number: "0699000*"}}}); err != nil {
		t.Fatal(err)
	}
	b.Answered("03023125456", "23125069", 10, fritztest.Course{Talks: 61 * time.Second})
	b.Missed("", "23125069", fritztest.Course{})
	b.Voicemail("01713920055", "23125732", 40, fritztest.Course{Options: fritztest.CallOptions{Trunk: "ISDN"}})
	b.Outgoing(11, "23125069", "03023125456", fritztest.Course{Talks: 3 * time.Hour})
	b.Barred("06990009040", "23125069", fritztest.CallOptions{Lost: true})
	ringing := b.Ring("03023125999", "23125069", fritztest.CallOptions{})
	dialling := b.Dial(20, "23125069", "03023125321", fritztest.CallOptions{})
	want := []string{
		"11,SIP: 23125069,03023125321,,IP-Telefon,20,0:00",
		"10,06990009040,SIP: 23125069,SPAM,,-1,0:00",
		"3,SIP: 23125069,03023125456,Anna,Büro,11,3:00",
		"1,01713920055,ISDN: 23125732,,Anrufbeantworter 1,40,0:01",
		"2,,SIP: 23125069,,,-1,0:00",
		"1,03023125456,SIP: 23125069,Anna,Wohnzimmer,10,0:02",
	}
	list, ids := calls(t, c, "")
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	ringing.Connect(10)
	if list, _ = calls(t, c, "&max=2"); len(list) != 2 || list[1] != "9,03023125999,SIP: 23125069,,Wohnzimmer,10,0:00" {
		t.Errorf("a call that goes on: %q", list)
	}
	dialling.Disconnect(0)
	ringing.Disconnect(12)
	list, _ = calls(t, c, "&id="+ids[1]+"&timestamp=1")
	if diff := cmp.Diff([]string{"3,SIP: 23125069,03023125321,,IP-Telefon,20,0:00", "1,03023125999,SIP: 23125069,,Wohnzimmer,10,0:01"}, list); diff != "" {
		t.Errorf("behind an id: %s", diff)
	}
	if list, _ = calls(t, c, "&id="+ids[1]); len(list) != 7 {
		t.Errorf("an id without a timestamp gives %d calls", len(list))
	}
	b.Advance(72 * time.Hour)
	b.Missed("03023125999", "23125069", fritztest.Course{})
	if list, _ = calls(t, c, "&days=1"); len(list) != 1 {
		t.Errorf("of two days there are %q", list)
	}
	url := c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"]
	if got := c.List(url + "&type=csv"); !strings.HasPrefix(got, "sep=;\n") || strings.Count(got, "\n") != 10 {
		t.Errorf("as csv:\n%s", got)
	}

	// The lines that nobody was told of are in the list all the same.
	b.Silence(true)
	before := b.State().TR064.Calls
	b.Missed("03023125999", "23125069", fritztest.Course{})
	if got := b.State().TR064.Calls; got != before+1 {
		t.Errorf("the list grows from %d to %d", before, got)
	}

	b.ForgetCalls()
	b.Missed("03023125999", "23125069", fritztest.Course{})
	if _, got := calls(t, c, ""); len(got) != 1 || got[0] != "1" {
		t.Errorf("a list that begins anew has the ids %v", got)
	}
	if list, _ = calls(t, c, "&id="+ids[0]+"&timestamp=1"); len(list) != 0 {
		t.Errorf("behind an earlier id there is %q", list)
	}
	b.CallListOff(true)
	if got := c.Must(boxtest.OnTel, "GetCallList")["NewCallListURL"]; got != "" {
		t.Errorf("switched off, the URL is %q", got)
	}
}

func TestAnsweringMachine(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	if at, err := b.AddMachine("Praxis"); at != 1 || err != nil {
		t.Fatalf("the second machine is %d, %v", at, err)
	}
	for i := range 2 {
		b.Voicemail(fmt.Sprintf("0171392005%d", i), "23125069", 41, fritztest.Course{Talks: 7 * time.Second})
	}
	call := b.Ring("01713920059", "23125069", fritztest.CallOptions{})
	if err := call.Record(); err == nil {
		t.Error("a call that nobody has taken is recorded")
	}
	call.Connect(41) // says nothing
	call.Disconnect(-1)
	if got := b.State().TR064.Machines[1]; got != (telephony.MachineState{Index: 1, Name: "Praxis", Enabled: true, Messages: 2, New: 2}) {
		t.Errorf("the state is %+v", got)
	}
	text := c.List(c.Must(boxtest.TAM, "GetMessageList", "NewIndex", "1")["NewURL"])
	if !strings.Contains(text, "<Root>\n<!-- index:1 --><!-- tam calls:2 -->") ||
		strings.Index(text, "01713920051") > strings.Index(text, "01713920050") {
		t.Errorf("the messages are %s", text)
	}
	c.Must(boxtest.TAM, "MarkMessage", "NewIndex", "1", "NewMessageIndex", "0", "NewMarkedAsRead", "1")
	if got := b.State().TR064.Machines[1].New; got != 1 {
		t.Errorf("%d new messages", got)
	}
	sid := c.Must("DeviceConfig:1", "X_AVM-DE_CreateUrlSID")["NewX_AVM-DE_UrlSID"]
	if got := c.List(c.Base + "/download.lua?path=/data/tam/rec/rec.1.001&" + sid); got != telephony.Tone(7*time.Second) || !strings.HasPrefix(got, "RIFF") || len(got) != 44+7*8000 {
		t.Errorf("the recording has %d bytes", len(got))
	}
	c.Must(boxtest.TAM, "DeleteMessage", "NewIndex", "1", "NewMessageIndex", "1")
	c.Fails(714, boxtest.TAM, "DeleteMessage", "NewIndex", "1", "NewMessageIndex", "1")
	c.Fails(713, boxtest.TAM, "DeleteMessage", "NewIndex", "7", "NewMessageIndex", "1")
	if status, _ := c.Get(c.Base + "/download.lua?path=/data/tam/rec/rec.1.001&" + sid); status != 404 {
		t.Errorf("a deleted recording: %d", status)
	}
	c.Must(boxtest.TAM, "SetEnable", "NewIndex", "1", "NewEnable", "0")
	if got := c.Must(boxtest.TAM, "GetInfo", "NewIndex", "1"); got["NewEnable"] != "0" || got["NewTAMRunning"] != "1" || got["NewName"] != "Praxis" {
		t.Errorf("the machine is %v", got)
	}
	if got := c.Must(boxtest.TAM, "GetList")["NewTAMList"]; !strings.Contains(got, "<Item><Index>1</Index><Display>1</Display><Enable>0</Enable><Name>Praxis</Name></Item><Item><Index>2</Index><Display>0</Display>") {
		t.Errorf("the machines are %s", got)
	}
}

func TestDeflections(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	if got := c.Must(boxtest.OnTel, "GetDeflections")["NewDeflectionList"]; got != "<List></List>" {
		t.Errorf("no rule is %s", got)
	}
	b.AddDeflection(telephony.Deflection{Enabled: true, To: "01713920055"})
	b.AddDeflection(telephony.Deflection{Type: "fromPB", Phonebook: 2, To: "01713920011", Mode: "eBusy"})
	if got := c.Must(boxtest.OnTel, "GetNumberOfDeflections")["NewNumberOfDeflections"]; got != "2" {
		t.Errorf("%s rules", got)
	}
	c.Must(boxtest.OnTel, "SetDeflectionEnable", "NewDeflectionId", "1", "NewEnable", "1")
	got := c.Must(boxtest.OnTel, "GetDeflection", "NewDeflectionId", "1")
	if got["NewEnable"] != "1" || got["NewType"] != "fromPB" || got["NewPhonebookID"] != "2" || got["NewMode"] != "eBusy" {
		t.Errorf("the rule is %v", got)
	}
	c.Fails(713, boxtest.OnTel, "GetDeflection", "NewDeflectionId", "2")
	b.RemoveDeflection(0)
	if got := b.Deflections(); len(got) != 1 || got[0].Type != "fromPB" || !got[0].Enabled {
		t.Errorf("the rules are %+v", got)
	}
}

func TestDialAid(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	number := func(n string) { t.Helper(); c.Must(boxtest.VoIP, "X_AVM-DE_DialNumber", "NewX_AVM-DE_PhoneNumber", n) }
	if got := c.Must(boxtest.VoIP, "X_AVM-DE_GetPhonePort", "NewIndex", "3")["NewX_AVM-DE_PhoneName"]; got != "DECT: Wohnzimmer" {
		t.Errorf("the third phone is %q", got)
	}
	c.Must(boxtest.VoIP, "X_AVM-DE_DialSetConfig", "NewX_AVM-DE_PhoneName", "DECT: Wohnzimmer")
	c.Fails(600, boxtest.VoIP, "X_AVM-DE_DialSetConfig", "NewX_AVM-DE_PhoneName", "IP-Telefon")
	monitor := boxtest.Dial(t, b)
	number("03023125321")
	if got := monitor.Line(t); !strings.Contains(got, ";CALL;0;10;23125069;03023125321;SIP0;") {
		t.Errorf("the call monitor says %q", got)
	}
	c.Must(boxtest.VoIP, "X_AVM-DE_DialHangup")
	if got := monitor.Line(t); !strings.Contains(got, ";DISCONNECT;0;0;") {
		t.Errorf("the call monitor says %q", got)
	}
	number("03023125321")
	monitor.Line(t)
	call, err := b.Call(b.State().Calls[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	call.Connect(10)
	monitor.Line(t)
	c.Must(boxtest.VoIP, "X_AVM-DE_DialHangup") // does not end a talk
	if len(b.State().Calls) != 1 {
		t.Error("a call that was answered is hung up")
	}
	lines := b.State().Lines
	number("**9")
	if b.State().Lines != lines {
		t.Error("a call in the house is on the call monitor")
	}
	number("#96*4*")
	if b.State().Listening {
		t.Error("the monitor stays on")
	}
	number("#96*5*")
	if !b.State().Listening {
		t.Error("the monitor stays off")
	}
	b.DialAid(false)
	c.Fails(501, boxtest.VoIP, "X_AVM-DE_DialNumber", "NewX_AVM-DE_PhoneNumber", "03023125321")
}

func TestNumbers(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	if got := c.Must(boxtest.VoIP, "X_AVM-DE_GetNumbers")["NewNumberList"]; !strings.HasPrefix(got, "<List><Item><Number>23125069</Number><Type>eVoIP</Type><Index>0</Index><Name>Zuhause</Name></Item>") {
		t.Errorf("the numbers are %s", got)
	}
	got := c.Must(boxtest.VoIP, "X_AVM-DE_GetVoIPCommonAreaCode")
	if got["NewX_AVM-DE_OKZ"] != "30" || got["NewX_AVM-DE_OKZPrefix"] != "0" {
		t.Errorf("the area code is %v", got)
	}
	if got := c.Must(boxtest.VoIP, "GetVoIPCommonAreaCode")["NewVoIPAreaCode"]; got != "030" {
		t.Errorf("the old area code is %s", got)
	}
	if got := c.Must(boxtest.VoIP, "X_AVM-DE_GetVoIPCommonCountryCode"); got["NewX_AVM-DE_LKZ"] != "49" || got["NewX_AVM-DE_LKZPrefix"] != "00" {
		t.Errorf("the country code is %v", got)
	}
	b.SetCodes("43", "")
	if got := c.Must(boxtest.VoIP, "GetVoIPCommonAreaCode")["NewVoIPAreaCode"]; got != "" {
		t.Errorf("no area code is %q", got)
	}
	b.SetNumbers(telephony.OwnNumber{Number: "03023125732", Name: "Ä"})
	if got := c.Must(boxtest.VoIP, "X_AVM-DE_GetNumberOfNumbers")["NewNumberOfNumbers"]; got != "1" {
		t.Errorf("%s numbers", got)
	}
	if got := c.Must(boxtest.OnTel, "GetDECTHandsetInfo", "NewDectID", "2")["NewHandsetName"]; got != "Büro" {
		t.Errorf("the second handset is %q", got)
	}
}
