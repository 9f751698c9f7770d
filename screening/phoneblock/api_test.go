package phoneblock

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

var caller = call.Number{Raw: "03023125123", E164: "+493023125123", National: "030 23125123", Kind: call.Fixed}

func start(t *testing.T) (*phoneblocktest.Server, *API) {
	t.Helper()
	server, err := phoneblocktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client := online.NewClient(online.ClientOptions{Version: "1.2.3", RootCAs: server.Pool})
	t.Cleanup(client.Close)
	return server, New(client, server.URL+"/", phoneblocktest.Token)
}

// TestPrefix compares with sha1sum.
func TestPrefix(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{"+493023125000": "1539", "+493023125123": "7B2A"} {
		if got := Prefix(number); got != want {
			t.Errorf("%s: %s, not %s", number, got, want)
		}
	}
}

// TestQuestion holds a question to what may leave the house: four digits of a hash, and
// nothing else of the number.
func TestQuestion(t *testing.T) {
	t.Parallel()
	server, api := start(t)
	confidence := 87.0
	server.Set(caller.E164, phoneblocktest.Number{Votes: 46, Rating: "E_ADVERTISING", Last: today, Confidence: &confidence})
	for i := range 100 {
		server.Set(fmt.Sprintf("+493023125%03d", 200+i), phoneblocktest.Number{Votes: 4, Rating: "C_PING"})
	}
	info, found, err := api.Check(t.Context(), caller)
	if err != nil || !found || info.Votes != 46 || info.Rating != Advertising || *info.Confidence != 87 || !info.Last().Equal(today) {
		t.Errorf("%+v, %v, %v", info, found, err)
	}
	if info, found, err := api.Check(t.Context(), call.Number{E164: "+493023125124"}); found || err != nil {
		t.Errorf("%+v, %v", info, err)
	}
	for _, r := range server.Requests() {
		query, err := url.ParseQuery(r.Query)
		if err != nil || r.Path != "/check-prefix" || len(query) != 1 || len(query.Get("sha1")) != 4 || r.Body != "" {
			t.Errorf("asked %+v", r)
		}
		if sha1 := query.Get("sha1"); strings.ToUpper(sha1) != sha1 || !strings.HasPrefix(r.Agent, "callporter/1.2.3 ") {
			t.Errorf("asked %+v", r)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	server, api := start(t)
	server.Set("+493023125123", phoneblocktest.Number{Votes: 46, Rating: "E_ADVERTISING", Last: time.Now()})
	server.Set("+493023125124", phoneblocktest.Number{Votes: 12, Rating: "G_FRAUD"})
	server.Set("+493023125125", phoneblocktest.Number{Votes: 3, Rating: "G_FRAUD"})
	list, err := api.Load(t.Context(), 0, nil)
	if err != nil || len(list.Entries) != 2 || list.Version != int64(server.Version()) {
		t.Fatalf("%+v, %v", list, err)
	}
	table := mirror.NewTable(list.Entries)
	l, found := Find(table, 493023125123, time.Now())
	if !found || l.Votes != 20 || l.Rating != Advertising || l.Last.Month() != time.Now().UTC().Month() {
		t.Errorf("%+v", l)
	}
	server.Set("+493023125124", phoneblocktest.Number{})
	server.Set("+493023125125", phoneblocktest.Number{Votes: 10, Rating: "G_FRAUD"})
	changes, err := api.Load(t.Context(), list.Version, nil)
	if err != nil || len(changes.Entries) != 2 {
		t.Fatalf("%+v, %v", changes, err)
	}
	table = table.With(changes.Entries)
	if _, found := Find(table, 493023125124, time.Now()); found || table.Len() != 2 {
		t.Errorf("%d numbers", table.Len())
	}
}

func TestReportCall(t *testing.T) {
	t.Parallel()
	server, api := start(t)
	if err := api.ReportCall(t.Context(), caller); err != nil {
		t.Fatal(err)
	}
	if r := server.Requests()[0]; r.Method != http.MethodPost || r.Path != "/report-call/00493023125123" {
		t.Errorf("%+v", r)
	}
}

// TestFaults are errors that tell neither number nor token, and end in time.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  phoneblocktest.Fault
		token  string
		status int
		retry  time.Duration
	}{
		"token":   {token: "wrong", status: http.StatusUnauthorized},
		"limit":   {fault: phoneblocktest.Fault{Status: http.StatusTooManyRequests, RetryAfter: "3600"}, status: http.StatusTooManyRequests, retry: time.Hour},
		"trouble": {fault: phoneblocktest.Fault{Status: http.StatusInternalServerError, Body: caller.E164}, status: http.StatusInternalServerError},
		"page":    {fault: phoneblocktest.Fault{Body: "<html>" + caller.E164}},
		"object":  {fault: phoneblocktest.Fault{Body: `{"phone":"` + caller.E164 + `"}`}},
		"number":  {fault: phoneblocktest.Fault{Body: `{"numbers":[{"phone":493023125123,"votes":5}],"version":1}`}},
		"huge":    {fault: phoneblocktest.Fault{Huge: 2 << 20}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, api := start(t)
			server.Fail("", c.fault)
			if c.token != "" {
				api.token = c.token
			}
			_, _, checked := api.Check(t.Context(), caller)
			_, loaded := api.Load(t.Context(), 0, nil)
			for _, err := range []error{checked, loaded} {
				if err == nil {
					t.Fatal("no error")
				}
				answer, _ := errors.AsType[*online.StatusError](err)
				if online.Status(err) != c.status || answer != nil && answer.RetryAfter != c.retry {
					t.Errorf("%v", err)
				}
				for _, secret := range []string{"23125", api.token, Prefix(caller.E164), "127.0.0.1"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error tells %q: %v", secret, err)
					}
				}
			}
		})
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	server, err := phoneblocktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.Fail("/check-prefix", phoneblocktest.Fault{Slow: true})
	client := online.NewClient(online.ClientOptions{RootCAs: server.Pool, Timeout: 50 * time.Millisecond})
	defer client.Close()
	if _, _, err := New(client, server.URL, phoneblocktest.Token).Check(t.Context(), caller); !errors.Is(err, online.ErrNoAnswer) {
		t.Errorf("%v", err)
	}
}

func TestTokenIsNotPrinted(t *testing.T) {
	t.Parallel()
	api := New(nil, "", "secret")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, api); strings.Contains(text, "secret") || strings.Contains(text, "736563726574") {
			t.Error(text)
		}
	}
	if api.url != URL {
		t.Error(api.url)
	}
}
