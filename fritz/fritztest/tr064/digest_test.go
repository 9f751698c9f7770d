package tr064_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// user returns the state of the only account.
func user(b *fritztest.Box) fritztest.UserState { return b.State().TR064.Users[0] }

func TestDigest(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	status, answer := c.Status(boxtest.OnTel, "GetPhonebookList")
	if status != http.StatusUnauthorized || c.Challenged(answer) {
		t.Fatalf("without a login: status %d", status)
	}
	if want := `Digest realm="HTTPS Access",nonce="` + c.Nonce + `",algorithm=MD5,qop="auth"`; answer.Header.Get("WWW-Authenticate") != want {
		t.Errorf("the challenge is %q", answer.Header.Get("WWW-Authenticate"))
	}
	for range 3 { // one nonce serves many requests
		if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusOK {
			t.Fatalf("with a login: status %d", status)
		}
	}
	if got := user(b); got.Logins != 3 || got.Wrong != 0 {
		t.Errorf("the box counts %+v", got)
	}

	c.Count-- // the same nc again
	if status, answer = c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized || !c.Challenged(answer) {
		t.Errorf("a replay: status %d", status)
	}
	if b.State().TR064.Replays != 1 {
		t.Error("the replay is not counted")
	}

	b.ForgetNonces()
	if status, answer = c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized || !c.Challenged(answer) {
		t.Errorf("a stale nonce: status %d", status)
	}
	if status, _ = c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusOK {
		t.Errorf("with the new nonce: status %d", status)
	}
	b.Advance(tr064.NonceLife + time.Second)
	if status, answer = c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized || !c.Challenged(answer) {
		t.Errorf("an old nonce: status %d", status)
	}

	b.SetRealm("F!Box SOAP-Auth")
	if status, answer = c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized || c.Challenged(answer) || c.Realm != "F!Box SOAP-Auth" {
		t.Errorf("another realm: status %d, realm %q", status, c.Realm)
	}
	if status, _ = c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusOK {
		t.Errorf("with the other realm: status %d", status)
	}
	if got := user(b); got.Wrong != 0 {
		t.Errorf("no password was wrong, and the box counts %+v", got)
	}
}

func TestWrongPassword(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	_, answer := c.Status(boxtest.OnTel, "GetPhonebookList")
	c.Challenged(answer)
	c.Password = "wrong"
	for n := 1; n <= 3; n++ {
		if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized {
			t.Fatalf("wrong password: status %d", status)
		}
		if got := user(b); got.Wrong != n || got.Locked != (n == 3) {
			t.Errorf("behind %d wrong passwords the box says %+v", n, got)
		}
	}
	c.Password = boxtest.Password
	if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized {
		t.Errorf("the right password while locked out: status %d", status)
	}
	b.Advance(9 * time.Second)
	if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusOK {
		t.Errorf("the right password behind the lock: status %d", status)
	}

	// One more row of them: the time doubles, and the user can be forgiven.
	c.Password = "wrong"
	for range 4 {
		c.Status(boxtest.OnTel, "GetPhonebookList")
	}
	b.Advance(9 * time.Second)
	if !user(b).Locked {
		t.Error("the second lock is no longer than the first")
	}
	b.Unlock()
	c.Password = boxtest.Password
	if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusOK {
		t.Errorf("forgiven: status %d", status)
	}

	c.User = "nobody"
	if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != http.StatusUnauthorized {
		t.Errorf("an unknown user: status %d", status)
	}
	if got := b.State().TR064; got.Wrong != 8 {
		t.Errorf("%d wrong logins, want 8", got.Wrong)
	}
	b.SetUser(fritztest.User{Name: boxtest.User, Password: "another"})
	if got := user(b); got.Wrong != 0 {
		t.Errorf("a new password begins with %+v", got)
	}
}

// TestChallengeBeforeContent: who sends nothing and no login is asked for one; behind a
// login the empty request is what is wrong. curl --digest begins so.
func TestChallengeBeforeContent(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	for _, body := range []string{"", "no XML"} {
		c.Nonce = ""
		answer := c.Post(boxtest.OnTel, "GetPhonebookList", body)
		boxtest.Drain(answer)
		if answer.StatusCode != http.StatusUnauthorized {
			t.Fatalf("%q without a login: %s", body, answer.Status)
		}
		c.Challenged(answer)
		answer = c.Post(boxtest.OnTel, "GetPhonebookList", body)
		if _, code := c.Read("GetPhonebookList", answer); code != 502 || answer.StatusCode != 500 {
			t.Errorf("%q with a login: fault %d, status %s", body, code, answer.Status)
		}
		c.Must(boxtest.OnTel, "GetPhonebookList")
	}
	c.Nonce = ""
	answer := c.Post("LANConfigSecurity:1", "X_AVM-DE_GetUserList", "") // needs no login
	if _, code := c.Read("X_AVM-DE_GetUserList", answer); code != 502 {
		t.Errorf("an empty request that needs no login: %d, %s", code, answer.Status)
	}
	if got := user(b); got.Wrong != 0 {
		t.Errorf("no password was wrong, and the box counts %+v", got)
	}
}

// TestBusyAfter holds that the box answers 503 behind many requests without a login,
// and 401 again behind one with a login.
func TestBusyAfter(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	b.BusyAfter(2)
	var got []int
	for range 4 {
		status, answer := c.Status(boxtest.OnTel, "GetPhonebookList")
		if got = append(got, status); status == http.StatusUnauthorized && len(got) == 1 {
			defer c.Challenged(answer)
		}
	}
	if got[0] != 401 || got[1] != 401 || got[2] != 503 || got[3] != 503 {
		t.Errorf("the box answers %v", got)
	}
	b.BusyAfter(0)
	if status, _ := c.Status(boxtest.OnTel, "GetPhonebookList"); status != 401 {
		t.Errorf("switched off: %d", status)
	}
}

func TestContentLogin(t *testing.T) {
	b, c := boxtest.NewTR064(t, fritztest.Options{Users: []fritztest.User{{Name: "admin", Password: "gurkensalat"}}})
	const space = `xmlns:h="http://soap-authentication.org/digest/2001/10/"s:mustUnderstand="1"` // no blank, as tr-O64 has it
	ask := func(header string) (status int, body string) {
		answer := c.Post(boxtest.OnTel, "GetPhonebookList", boxtest.Message(header, boxtest.OnTel, "GetPhonebookList"))
		raw := make([]byte, 4096)
		n, _ := answer.Body.Read(raw)
		boxtest.Drain(answer)
		return answer.StatusCode, string(raw[:n])
	}
	between := func(s, name string) string {
		_, s, _ = strings.Cut(s, "<"+name+">")
		s, _, _ = strings.Cut(s, "</"+name+">")
		return s
	}
	status, body := ask(`<h:InitChallenge ` + space + `><UserID>admin</UserID></h:InitChallenge>`)
	if status != 200 || between(body, "Status") != "Unauthenticated" || between(body, "errorCode") != "503" || !strings.Contains(body, "<h:Challenge") {
		t.Fatalf("the challenge: %d %s", status, body)
	}
	nonce, realm := between(body, "Nonce"), between(body, "Realm")
	login := func(password string) (int, string) {
		auth := boxtest.Hash(boxtest.Hash("admin:"+realm+":"+password) + ":" + nonce)
		return ask(`<h:ClientAuth ` + space + `><Nonce>` + nonce + `</Nonce><Auth>` + auth + `</Auth><UserID>admin</UserID><Realm>` + realm + `</Realm></h:ClientAuth>`)
	}
	if status, body = login("gurke"); status != 200 || between(body, "errorCode") != "503" {
		t.Errorf("a wrong password: %d %s", status, body)
	}
	status, body = login("gurkensalat")
	if status != 200 || between(body, "Status") != "Authenticated" || between(body, "NewPhonebookList") != "0" || !strings.Contains(body, "<h:NextChallenge") {
		t.Errorf("the login: %d %s", status, body)
	}
	nonce = between(body, "Nonce")
	if _, body = login("gurkensalat"); between(body, "NewPhonebookList") != "0" {
		t.Errorf("with the next nonce: %s", body)
	}
	if got := user(b); got.Logins != 2 || got.Wrong != 1 {
		t.Errorf("the box counts %+v", got)
	}
}

// TestContentVector holds the check value of AVM's document.
func TestContentVector(t *testing.T) {
	if got := boxtest.Hash(boxtest.Hash("admin:F!Box SOAP-Auth:gurkensalat") + ":F758BE72FB999CEA"); got != "b4f67585f22b0af7c4615db5a18faa14" {
		t.Errorf("the check value is %s", got)
	}
}

func TestRights(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	b.SetUser(fritztest.User{Name: boxtest.User, Password: boxtest.Password, Rights: "P"})
	c.Must(boxtest.OnTel, "GetPhonebookList")
	c.Fails(606, "DeviceInfo:1", "GetInfo")
	rights := c.Must("LANConfigSecurity:1", "X_AVM-DE_GetCurrentUser")["NewX_AVM-DE_CurrentUserRights"]
	if !strings.Contains(rights, "<path>BoxAdmin</path><access>none</access><path>Phone</path><access>readwrite</access>") {
		t.Errorf("the rights are %s", rights)
	}
	b.SetUser(fritztest.User{Name: boxtest.User, Password: boxtest.Password, Rights: "C"})
	c.Must(boxtest.OnTel, "GetPhonebookList") // settings include the phone
	if got := c.Must("DeviceInfo:1", "GetInfo"); got["NewModelName"] != "FRITZ!Box 7530" || got["NewSoftwareVersion"] != "164.08.02" {
		t.Errorf("the box says it is %v", got)
	}
	b.SetUser(fritztest.User{Name: boxtest.User, Password: boxtest.Password, Rights: "A"})
	c.Fails(606, boxtest.OnTel, "GetPhonebookList")
	c.Must(boxtest.TAM, "GetList") // one of the two that an app may
	for _, rights := range []string{"N", "H", "NH"} {
		b.SetUser(fritztest.User{Name: boxtest.User, Password: boxtest.Password, Rights: rights})
		for service, action := range map[string]string{boxtest.OnTel: "GetPhonebookList", boxtest.TAM: "GetList", boxtest.VoIP: "X_AVM-DE_GetNumbers", "DeviceInfo:1": "GetInfo"} {
			c.Fails(606, service, action)
		}
		c.Must("Time:1", "GetInfo") // any login will do
		c.Must("LANConfigSecurity:1", "X_AVM-DE_GetCurrentUser")
	}
}

func TestWithoutLogin(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	list := func() string {
		c.Nonce = ""
		answer := c.Post("LANConfigSecurity:1", "X_AVM-DE_GetUserList", boxtest.Message("", "LANConfigSecurity:1", "X_AVM-DE_GetUserList"))
		out, _ := c.Read("X_AVM-DE_GetUserList", answer)
		return out["NewX_AVM-DE_UserList"]
	}
	b.SetUser(fritztest.User{Name: "anna", Password: "x"})
	if got := list(); got != `<List><Username last_user="0">anna</Username><Username last_user="1">fritz3456</Username></List>` {
		t.Errorf("the users are %s", got)
	}
	for service, action := range map[string]string{"DeviceInfo:1": "GetSecurityPort", "LANConfigSecurity:1": "GetInfo", "X_AVM-DE_AppSetup:1": "GetInfo"} {
		c.Nonce = ""
		if status, _ := c.Status(service, action); status != 200 {
			t.Errorf("%s: %d", action, status)
		}
	}
	limits, code := c.Read("GetInfo", c.Post("X_AVM-DE_AppSetup:1", "GetInfo", boxtest.Message("", "X_AVM-DE_AppSetup:1", "GetInfo")))
	if code != 0 || limits["NewMaxCharsAppUsername"] != "32" || limits["NewMinCharsAppPassword"] != "8" || len(limits) != 28 {
		t.Errorf("the bounds of apps: %d, %v", code, limits)
	}
	b.RemoveUser("anna")
	b.RemoveUser(boxtest.User)
	c.Must(boxtest.OnTel, "GetPhonebookList") // a box without a password is open
	if got := c.Must("LANConfigSecurity:1", "X_AVM-DE_GetAnonymousLogin"); got["NewX_AVM-DE_AnonymousLoginEnabled"] != "1" {
		t.Errorf("the box says %v", got)
	}
	c.Fails(501, boxtest.VoIP, "X_AVM-DE_DialNumber", "NewX_AVM-DE_PhoneNumber", "03023125321")
}

func TestSecondFactor(t *testing.T) {
	b, c := boxtest.NewTR064(t)
	set := []string{
		"NewX_AVM-DE_ClientIndex", "1", "NewX_AVM-DE_ClientPassword", "Geheim12", "NewX_AVM-DE_ClientUsername", "callporter1",
		"NewX_AVM-DE_PhoneName", "callporter", "NewX_AVM-DE_ClientId", "", "NewX_AVM-DE_OutGoingNumber", "", "NewX_AVM-DE_InComingNumbers", "",
	}
	const auth = "X_AVM-DE_Auth:1"
	c.Fails(866, boxtest.VoIP, "X_AVM-DE_SetClient4", set...)
	if err := b.Confirm(); err == nil {
		t.Error("a button that nobody waits for is pressed")
	}
	start := c.Must(auth, "SetConfig", "NewAction", "start")
	if start["NewState"] != "waitingforauth" || start["NewMethods"] != "button,dtmf;*14048" || start["NewToken"] == "" {
		t.Fatalf("the start says %v", start)
	}
	c.Fails(868, auth, "SetConfig", "NewAction", "start")
	if got := c.Must(auth, "GetState")["NewState"]; got != "anotherauthprocess" {
		t.Errorf("without the token the state is %q", got)
	}
	c.Token = start["NewToken"]
	if got := c.Must(auth, "GetState")["NewState"]; got != "waitingforauth" {
		t.Errorf("with the token the state is %q", got)
	}
	c.Fails(866, boxtest.VoIP, "X_AVM-DE_SetClient4", set...)
	if err := b.Confirm(); err != nil {
		t.Fatal(err)
	}
	if got := c.Must(auth, "GetState")["NewState"]; got != "authenticated" {
		t.Errorf("confirmed, the state is %q", got)
	}
	if got := c.Must(boxtest.VoIP, "X_AVM-DE_SetClient4", set...)["NewX_AVM-DE_InternalNumber"]; got != "621" {
		t.Errorf("the internal number is %q", got)
	}
	set[1] = "2"
	c.Fails(820, boxtest.VoIP, "X_AVM-DE_SetClient4", set...) // the username exists at another index
	set[3] = "Geheim!2"
	c.Fails(803, boxtest.VoIP, "X_AVM-DE_SetClient4", set...)
	c.Must(auth, "SetConfig", "NewAction", "stop")
	c.Fails(866, boxtest.VoIP, "X_AVM-DE_SetClient4", set...)

	b.NeedFactor("SetDeflectionEnable", true)
	c.Fails(866, boxtest.OnTel, "SetDeflectionEnable", "NewDeflectionId", "0", "NewEnable", "1")
	b.SecondFactor(false)
	c.Fails(713, boxtest.OnTel, "SetDeflectionEnable", "NewDeflectionId", "0", "NewEnable", "1")
	b.SecondFactor(true)
	b.BlockFactor(true)
	c.Fails(867, auth, "SetConfig", "NewAction", "start")
	b.BlockFactor(false)
	c.Token = c.Must(auth, "SetConfig", "NewAction", "start")["NewToken"]
	c.Must(boxtest.VoIP, "X_AVM-DE_DialNumber", "NewX_AVM-DE_PhoneNumber", "*14049") // another code
	if got := c.Must(auth, "GetState")["NewState"]; got != "waitingforauth" {
		t.Errorf("a wrong code is dialled, and the state is %q", got)
	}
	c.Must(boxtest.VoIP, "X_AVM-DE_DialNumber", "NewX_AVM-DE_PhoneNumber", "*14048")
	if got := c.Must(auth, "GetState")["NewState"]; got != "authenticated" {
		t.Errorf("the code is dialled, and the state is %q", got)
	}
	c.Token = c.Must(auth, "SetConfig", "NewAction", "start")["NewToken"]
	b.Advance(2 * time.Minute)
	if got := c.Must(auth, "GetState")["NewState"]; got != "failure" {
		t.Errorf("nobody has confirmed, and the state is %q", got)
	}
}
