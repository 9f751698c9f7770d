package screening

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// TellowsOptions are the account of a user at tellows.
type TellowsOptions struct {
	URL      string // "https://www.tellows.de"
	Partner  string // "" with a key that needs none
	Key      string
	Country  string // of the lines, "DE"; "" = several
	Client   *online.Client
	Language call.Language
}

// tellows asks the interface of tellows for numbers: GET /basic/num/NUMBER.
type tellows struct{ o TellowsOptions }

// NewTellows makes the source tellows.
func NewTellows(o TellowsOptions) Source { return tellows{o} }

// Name returns "tellows".
func (tellows) Name() string { return "tellows" }

// Evidence asks about the number. One that came on a German line as 00… may be a national one
// that was sent with a zero too many, so it is asked about too, at the same time; what weighs
// more against the caller counts.
func (t tellows) Evidence(ctx context.Context, n call.Number) ([]Finding, error) {
	findings, _, err := t.trace(ctx, n)
	return findings, err
}

func (t tellows) trace(ctx context.Context, n call.Number) ([]Finding, []site.Step, error) {
	if !online.Askable(n) {
		return nil, []site.Step{notAsked}, nil
	}
	spellings := []string{t.spelled(n)}
	if rest, foreign := strings.CutPrefix(n.Raw, "00"); foreign && n.Kind == call.Foreign && t.o.Country == "DE" {
		spellings = append(spellings, "0"+digitsOf(rest))
	}
	answers := make([]tellowsAnswer, len(spellings))
	var all sync.WaitGroup
	for i, number := range spellings {
		all.Go(func() { answers[i] = t.ask(ctx, number) })
	}
	all.Wait()

	var steps []site.Step
	var worst *Finding
	for i := range answers {
		steps = append(steps, answers[i].steps...)
		if r := answers[i].rating; r.count > 0 && answers[i].err == nil {
			f := Finding{Evidence: r.evidence(t.Name(), "tellows", t.o.Language), Group: Reputation, Name: answers[i].name}
			if worst == nil || f.Weight > worst.Weight {
				worst = &f
			}
		}
	}
	if worst == nil {
		return nil, steps, answers[0].err
	}
	return []Finding{*worst}, steps, nil
}

// spelled is a number as tellows takes it. Its German site reads a number with one 0 in front
// as a German one, those of other countries each in its own way.
func (t tellows) spelled(n call.Number) string {
	if u, err := url.Parse(t.o.URL); err != nil || !strings.HasSuffix(u.Hostname(), ".de") {
		return "00" + digitsOf(n.E164)
	}
	return site.National(n, "DE")
}

// digitsOf keeps the digits of a text.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// ask asks about one spelling.
func (t tellows) ask(ctx context.Context, number string) (a tellowsAnswer) {
	const path = "/basic/num/"
	sum := md5.Sum([]byte(t.o.Key)) // what their interface wants; it protects nothing
	token := hex.EncodeToString(sum[:])
	query := url.Values{"json": {"1"}, "lang": {t.o.Language.String()}}
	if t.o.Partner != "" {
		query.Set("partner", t.o.Partner)
		query.Set("apikey", t.o.Key)
	} else {
		query.Set("apikeyMd5", token)
	}
	answer, err := t.o.Client.Do(ctx, online.Request{
		URL:    strings.TrimSuffix(t.o.URL, "/") + path + number + "?" + query.Encode(),
		Header: http.Header{"X-Auth-Token": {token}},
	})
	switch online.Status(err) {
	case 0:
	case http.StatusNotFound:
		a.step("url", path, "", call.Text{"tellows does not know the number (404)", "tellows kennt die Nummer nicht (404)"})
		return a
	}
	if err != nil {
		a.step("url", path, "", online.Explain(err)).Failed = true
		a.err = err
		return a
	}
	a.step("url", path, "", call.Text{"answered with %d bytes", "antwortete mit %d Bytes"}.With(len(answer.Body)))
	a.read(answer.Body, answer.Header.Get("Content-Type"))
	return a
}
