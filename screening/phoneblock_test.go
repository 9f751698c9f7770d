package screening_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

// phoneBlock is the source PhoneBlock, and what answers it without a wire: so it fits into a
// synctest bubble.
type phoneBlock struct {
	*screening.PhoneBlock
	options screening.PhoneBlockOptions
	answer  func(r online.Request) (int, string)
	asked   []online.Request
}

// Do answers a request.
func (p *phoneBlock) Do(ctx context.Context, r online.Request) (*online.Response, error) {
	p.asked = append(p.asked, r)
	testkit.Sent(ctx)
	status, body := p.answer(r)
	if status > 299 {
		return nil, &online.StatusError{Status: status, RetryAfter: 2 * time.Hour}
	}
	if r.Read != nil {
		return &online.Response{Status: status}, r.Read(strings.NewReader(body))
	}
	return &online.Response{Status: status, Body: []byte(body)}, nil
}

// openPhoneBlock opens it in a directory, with a bucket that holds the caller.
func openPhoneBlock(t *testing.T, dir string, change ...func(*screening.PhoneBlockOptions)) *phoneBlock {
	t.Helper()
	p := &phoneBlock{}
	p.answer = func(r online.Request) (int, string) {
		if strings.Contains(r.URL, "/blocklist") {
			return http.StatusOK, `{"numbers":[{"phone":"+493023125123","rating":"E_ADVERTISING","votes":20,"lastActivity":946684800000}],"version":7}`
		}
		return http.StatusOK, `{"numbers":[{"phone":"+493023125123","rating":"E_ADVERTISING","votes":46,"lastUpdate":946684800000}]}`
	}
	p.options = screening.PhoneBlockOptions{
		Token: "secret", Mirror: true, Data: dir, Client: p, Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&p.options)
	}
	p.PhoneBlock = screening.NewPhoneBlock(p.options)
	return p
}

func (p *phoneBlock) run(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := errors.Join(p.Run(ctx), p.Close()); err != nil {
		t.Error(err)
	}
}

func number(i int) call.Number {
	return call.Number{E164: fmt.Sprintf("+493023125%03d", i), Kind: call.Fixed}
}

// TestPhoneBlockAnswers: what an answer is worth, and how it reads.
func TestPhoneBlockAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		info   string // beside the number
		german bool
		want   []call.Evidence
		group  screening.Group
	}{
		{`"votes":46,"rating":"E_ADVERTISING"`, false, []call.Evidence{{Reason: "reported", Weight: 92, Detail: "PhoneBlock: 46 reports, advertising"}}, screening.Reputation},
		{`"votes":46,"rating":"E_ADVERTISING","spamConfidence":87.4`, true, []call.Evidence{{Reason: "reported", Weight: 87, Detail: "PhoneBlock: 46 Meldungen, Werbung"}}, screening.Reputation},
		{`"votes":1,"rating":"C_PING"`, true, []call.Evidence{{Reason: "reported", Weight: 21, Detail: "PhoneBlock: 1 Meldung, Ping-Anruf"}}, screening.Reputation},
		{`"votes":4`, false, []call.Evidence{{Reason: "reported", Weight: 51, Detail: "PhoneBlock: 4 reports"}}, screening.Reputation},
		{`"votes":4,"rating":"G_FRAUD","lastUpdate":946728000000`, false, []call.Evidence{{Reason: "reported", Weight: 51, Detail: "PhoneBlock: 4 reports, fraud, last on 2000-01-01"}}, screening.Reputation},
		{`"votes":4,"rating":"G_FRAUD","lastUpdate":4102444800000`, false, []call.Evidence{{Reason: "reported", Weight: 51, Detail: "PhoneBlock: 4 reports, fraud"}}, screening.Reputation},
		{`"votes":10,"spamConfidence":900`, false, []call.Evidence{{Reason: "reported", Weight: 100, Detail: "PhoneBlock: 10 reports"}}, screening.Reputation},
		{`"votes":10,"rating":"A_LEGITIMATE"`, false, []call.Evidence{{Reason: "reported", Weight: -43, Detail: "PhoneBlock: 10 reports, legitimate"}}, screening.Reputation},
		{`"votes":0,"whiteListed":true`, false, []call.Evidence{{Reason: "own_allow_list", Weight: -90, Detail: "PhoneBlock: on the own allow list there"}}, screening.Trust},
		{`"votes":0,"blackListed":true`, false, []call.Evidence{{Reason: "own_block_list", Weight: 95, Detail: "PhoneBlock: on the own block list there"}}, screening.Reputation},
		{`"votes":0`, false, nil, screening.Note},
	} {
		p := openPhoneBlock(t, t.TempDir(), func(o *screening.PhoneBlockOptions) {
			o.Mirror = false
			if c.german {
				o.Language = call.German
			}
		})
		p.answer = func(online.Request) (int, string) {
			return http.StatusOK, `{"numbers":[{"phone":"+493023125999","votes":100},{"phone":"+493023125123",` + c.info + `}]}`
		}
		got, err := p.Evidence(t.Context(), number(123))
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v, %v", c.info, got, err)
			continue
		}
		for i, want := range c.want {
			want.Source = "phoneblock"
			if got[i].Evidence != want || got[i].Group != c.group {
				t.Errorf("%s: %+v, want %+v", c.info, got[i], want)
			}
		}
	}
}

// TestPhoneBlockList: what the copy of the list is worth, and that nothing is asked for it.
func TestPhoneBlockList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := openPhoneBlock(t, t.TempDir())
		var numbers []string
		for _, last := range []int{123, 200, 201, 202, 203, 300, 301, 310, 311, 320, 321, 330, 331} {
			numbers = append(numbers, fmt.Sprintf(`{"phone":"+493023125%03d","rating":"E_ADVERTISING","votes":20,"lastActivity":946684800000}`, last))
		}
		p.answer = func(online.Request) (int, string) {
			return http.StatusOK, `{"numbers":[` + strings.Join(numbers, ",") + `],"version":7}`
		}
		p.run(t, time.Hour)
		for last, want := range map[int]call.Evidence{
			123: {Source: "phoneblock", Reason: "reported", Weight: 84, Detail: "PhoneBlock: at least 20 reports, advertising, last in 2000-01"},
			124: {},
			209: {Source: "phoneblock", Reason: "reported_block", Weight: 66, Detail: "PhoneBlock: 4 of the 10 numbers around this one are reported"},
			399: {Source: "phoneblock", Reason: "reported_block", Weight: 68, Detail: "PhoneBlock: 8 of the 100 numbers around this one are reported"},
		} {
			var got call.Evidence
			if findings := p.Check(nil, nil, number(last)); len(findings) == 1 {
				got = findings[0].Evidence
			}
			if got != want {
				t.Errorf("%d: %+v, want %+v", last, got, want)
			}
		}
		if len(p.asked) != 1 {
			t.Errorf("asked %d times", len(p.asked))
		}
		if s := p.Status(); s.State != mirror.Up || s.Entries != 13 || s.Hint != (call.Text{}) {
			t.Errorf("%+v", s)
		}
	})
}

// TestPhoneBlockQuestions asks no more than 200 times a day, also over restarts, and says so.
func TestPhoneBlockQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, asked := t.TempDir(), 0
		var limit *online.LimitError
		for i := range 10 {
			p := openPhoneBlock(t, dir)
			for n := range 30 {
				if _, err := p.Evidence(t.Context(), number(30*i+n)); err != nil && !errors.As(err, &limit) {
					t.Fatal(err)
				}
			}
			asked += len(p.asked)
			p.run(t, time.Second)
		}
		if asked != 200 {
			t.Errorf("asked %d times", asked)
		}
		if limit == nil || limit.Until.Before(time.Now().Add(23*time.Hour)) || limit.Until.After(time.Now().Add(26*time.Hour)) {
			t.Errorf("%+v", limit)
		}
		<-time.After(26 * time.Hour)
		p := openPhoneBlock(t, dir)
		if findings, err := p.Evidence(t.Context(), number(123)); err != nil || len(findings) != 1 || findings[0].Weight != 92 {
			t.Errorf("%+v, %v", findings, err)
		}
	})
}

// TestPhoneBlockRefuses obeys a pause, over a restart too, and shows that the token is bad.
func TestPhoneBlockRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, status := t.TempDir(), http.StatusTooManyRequests
		for range 3 {
			p := openPhoneBlock(t, dir)
			p.answer = func(online.Request) (int, string) { return status, "" }
			_, err := p.Evidence(t.Context(), number(1))
			if online.Status(err) != status && len(p.asked) > 0 {
				t.Errorf("%v", err)
			}
			var limit *online.LimitError
			if _, err := p.Evidence(t.Context(), number(2)); !errors.As(err, &limit) || len(p.asked) > 1 {
				t.Errorf("%v", err)
			}
		}
		<-time.After(2 * time.Hour)
		status = http.StatusUnauthorized
		changed := 0
		p := openPhoneBlock(t, dir, func(o *screening.PhoneBlockOptions) { o.Mirror, o.Changed = false, func() { changed++ } })
		good := p.answer
		p.answer = func(online.Request) (int, string) { return status, "" }
		if _, err := p.Evidence(t.Context(), number(1)); online.Status(err) != status {
			t.Errorf("%v", err)
		}
		if s := p.Status(); s.State != mirror.Down || s.Reason != mirror.Unauthorized || !strings.Contains(s.Hint[0], "token") || changed != 1 {
			t.Errorf("%+v, %d changes", s, changed)
		}
		p.answer = good
		<-time.After(3 * time.Hour)
		if _, err := p.Evidence(t.Context(), number(3)); err != nil {
			t.Error(err)
		}
		if s := p.Status(); s.State != mirror.Up || changed != 2 {
			t.Errorf("%+v, %d changes", s, changed)
		}
	})
}

// TestPhoneBlockNeverAsked sends nothing out that means something only here, or nothing.
func TestPhoneBlockNeverAsked(t *testing.T) {
	t.Parallel()
	p := openPhoneBlock(t, t.TempDir())
	for _, n := range []call.Number{
		{}, {Raw: "**610", Kind: call.Internal}, {Raw: "110", E164: "", Kind: call.Short}, {Raw: "0207565747377", E164: "+49207565747377", Kind: call.Invalid},
	} {
		if findings, err := p.Evidence(t.Context(), n); err != nil || len(findings) != 0 {
			t.Errorf("%+v, %v", findings, err)
		}
		if n.E164 == "" && len(p.Check(nil, nil, n)) != 0 {
			t.Errorf("%s is listed", n)
		}
	}
	if len(p.asked) != 0 {
		t.Errorf("asked %d times", len(p.asked))
	}
}

// TestPhoneBlockReports reports who was turned away because of PhoneBlock, and nobody else.
func TestPhoneBlockReports(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spam := call.Call{
			Caller: call.Party{Number: number(123)}, Outcome: call.Rejected,
			Verdict: call.Verdict{Judgement: call.Spam, Evidence: []call.Evidence{{Source: "phoneblock", Reason: "reported", Weight: 92}}},
		}
		with := func(change func(*call.Call)) call.Call {
			c := spam
			change(&c)
			return c
		}
		p := openPhoneBlock(t, t.TempDir(), func(o *screening.PhoneBlockOptions) { o.Mirror, o.Report = false, true })
		p.answer = func(online.Request) (int, string) { return http.StatusNoContent, "" }
		p.Report(with(func(c *call.Call) { c.Outcome = call.Missed }))
		p.Report(with(func(c *call.Call) { c.Verdict.Judgement = call.Suspicious }))
		p.Report(with(func(c *call.Call) { c.Caller.Number = call.Number{} }))
		p.Report(with(func(c *call.Call) { c.Verdict.Evidence = nil }))
		p.Report(with(func(c *call.Call) { c.Caller.Network = number(124) })) // which of them is listed?
		p.Report(with(func(c *call.Call) {
			c.Verdict.Evidence = []call.Evidence{{Source: "lists", Reason: "block_list", Weight: 100}, {Source: "phoneblock", Reason: "no_answer"}}
		}))
		p.run(t, time.Second)
		if len(p.asked) != 0 {
			t.Errorf("reported %d calls", len(p.asked))
		}
		for range 3 {
			for range 10 {
				p.Report(spam)
			}
			p.run(t, time.Second)
		}
		if len(p.asked) != 20 || p.asked[0].Method != http.MethodPost || !strings.HasSuffix(p.asked[0].URL, "/report-call/00493023125123") {
			t.Errorf("reported %d calls", len(p.asked))
		}
		silent := openPhoneBlock(t, t.TempDir())
		silent.Report(spam)
		silent.run(t, time.Second)
		if len(silent.asked) != 0 {
			t.Error("reported though nobody wants that")
		}
	})
}

// TestPhoneBlockOnTheWire loads the list from a server, asks it and keeps no secret in what
// it writes.
func TestPhoneBlockOnTheWire(t *testing.T) {
	t.Parallel()
	server, err := phoneblocktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.Set("+493023125123", phoneblocktest.Number{Votes: 46, Rating: "E_ADVERTISING", Last: time.Now()})
	client := online.NewClient(online.ClientOptions{RootCAs: server.Pool})
	t.Cleanup(client.Close)
	var log testkit.Log
	dir := t.TempDir()
	p := openPhoneBlock(t, dir, func(o *screening.PhoneBlockOptions) {
		o.URL, o.Token, o.Client, o.Log = server.URL, phoneblocktest.Token, client, log.Logger(slog.LevelDebug)
	})
	findings, err := p.Evidence(t.Context(), number(123))
	if err != nil || len(findings) != 1 || !strings.HasPrefix(findings[0].Detail, "PhoneBlock: 46 reports, advertising, last on ") {
		t.Errorf("%+v, %v", findings, err)
	}
	server.Fail("/check-prefix", phoneblocktest.Fault{Status: http.StatusUnauthorized})
	if _, err := p.Evidence(t.Context(), number(124)); online.Status(err) != http.StatusUnauthorized {
		t.Errorf("%v", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(f)
		f.Close()
		if strings.Contains(string(text), phoneblocktest.Token) {
			t.Errorf("%s holds the token", name)
		}
	}
	for _, secret := range []string{phoneblocktest.Token, "23125123", server.URL} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %q: %s", secret, log.String())
		}
	}
}
