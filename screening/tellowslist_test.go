package screening_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/online"
)

// answering is a publisher that answers each request with a text, or refuses it.
type answering func() (status int, body string)

// Do answers a request.
func (a answering) Do(ctx context.Context, r online.Request) (*online.Response, error) {
	testkit.Sent(ctx)
	status, body := a()
	if status != http.StatusOK {
		return nil, &online.StatusError{Status: status}
	}
	return &online.Response{Status: status}, r.Read(strings.NewReader(body))
}

// TestTellowsList loads the list once a day, judges by it, and says why it cannot be had.
func TestTellowsList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, status, body := 0, http.StatusOK, `[{"number":"00493023125123","score":"8","complains":"30","callertype":"Gewinnspiel"}]`
		l := screening.NewTellowsList(screening.TellowsListOptions{
			URL: "https://www.tellows.de", Key: "secret", Country: "DE",
			Client: answering(func() (int, string) { asked++; return status, body }),
			Data:   t.TempDir(), Log: slog.New(slog.DiscardHandler),
		})
		run := func(d time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			_ = l.Run(ctx)
		}
		run(73 * time.Hour)
		if asked < 3 || asked > 4 {
			t.Errorf("asked %d times in three days", asked)
		}
		got := l.Check(nil, nil, number(123))
		if len(got) != 1 || got[0].Weight != 75 || got[0].Group != screening.Reputation || got[0].Source != "tellows" || !strings.Contains(got[0].Detail, "Gewinnspiel") {
			t.Errorf("%+v", got)
		}
		if got := l.Check(nil, nil, number(124)); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		if got := l.Check(nil, nil, call.Number{}); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		body = "Partner Data not correct"
		run(26 * time.Hour)
		if s := l.Status(); s.State != mirror.Down || s.Reason != mirror.Broken || s.Entries != 1 || !strings.Contains(s.Hint[0], "not every key") {
			t.Errorf("%+v", s)
		}
		status = http.StatusForbidden
		run(26 * time.Hour)
		if s := l.Status(); s.Reason != mirror.Unauthorized || s.Hint[1] == "" {
			t.Errorf("%+v", s)
		}
	})
}
