package online_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
)

// selfExplained is an error of a source that knows better what is wrong.
type selfExplained struct{}

func (selfExplained) Error() string { return "no score" }

func (selfExplained) Explain() call.Text { return call.Text{"no score", "keine Note"} }

func TestExplain(t *testing.T) {
	t.Parallel()
	noon := time.Date(2040, 11, 21, 14, 5, 0, 0, time.Local)
	for _, test := range []struct {
		err  error
		want call.Text
	}{
		{online.ErrNoAnswer, call.Text{"no answer in 2.5 s", "keine Antwort in 2,5 s"}},
		{fmt.Errorf("list: %w", online.ErrTooLarge), call.Text{"the answer is too large", "die Antwort ist zu groß"}},
		{&online.StatusError{Status: 401}, call.Text{"access refused (401)", "Zugang verweigert (401)"}},
		{&online.StatusError{Status: 403}, call.Text{"access refused (403)", "Zugang verweigert (403)"}},
		{&online.StatusError{Status: 429}, call.Text{"asked too often (429)", "zu oft gefragt (429)"}},
		{&online.StatusError{Status: 503}, call.Text{"answered with 503", "antwortete mit 503"}},
		{&online.PausedError{Until: noon}, call.Text{"after failures not asked before 2040-11-21 14:05", "nach Fehlern erst ab 2040-11-21 14:05 wieder gefragt"}},
		{fmt.Errorf("page: %w", selfExplained{}), call.Text{"no score", "keine Note"}},
		{&online.LimitError{Until: noon}, call.Text{"asked as often as it allows, not again before 2040-11-21 14:05", "so oft gefragt wie erlaubt, erst ab 2040-11-21 14:05 wieder"}},
		{errors.New("+493023125123 is no number"), call.Text{"gave no answer that can be read", "gab keine lesbare Antwort"}},
	} {
		if got := online.Explain(test.err); got != test.want {
			t.Errorf("%v: %q", test.err, got)
		}
	}
	_, offset := noon.Zone()
	east := time.FixedZone("", offset+3600)
	if got := online.ExplainIn(&online.LimitError{Until: noon}, east)[call.German]; got != "so oft gefragt wie erlaubt, erst ab 2040-11-21 15:05 wieder" {
		t.Errorf("in another zone: %q", got)
	}
	soon := time.Now().Add(time.Second)
	if got, want := online.Explain(&online.PausedError{Until: soon})[call.English], "after failures not asked before "+soon.Format("15:04"); got != want && soon.Format("15:04") != "00:00" {
		t.Errorf("got %q, want %q", got, want)
	}
}
