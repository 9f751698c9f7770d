package screening

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html/charset"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// SearchCHOptions are the access to search.ch.
type SearchCHOptions struct {
	URL      string // "" = "https://search.ch/tel/api/"
	Key      string // of the user; "" asks without one
	Client   *online.Client
	Language call.Language
}

// searchCH asks the Swiss directory search.ch. Its interface answers with an Atom feed:
// https://search.ch/tel/api/help
type searchCH struct{ o SearchCHOptions }

// NewSearchCH makes the source searchch.
func NewSearchCH(o SearchCHOptions) Source {
	if o.URL == "" {
		o.URL = "https://search.ch/tel/api/"
	}
	return searchCH{o}
}

// Name returns "searchch".
func (searchCH) Name() string { return "searchch" }

// Evidence asks who has a Swiss number.
func (s searchCH) Evidence(ctx context.Context, n call.Number) ([]Finding, error) {
	findings, _, err := s.trace(ctx, n)
	return findings, err
}

// feed is the answer, without what nobody needs. The fields of an entry beside title and
// content come to users with a key alone.
type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Entries []struct {
		Title     string   `xml:"title"`
		Content   string   `xml:"content"`
		Name      string   `xml:"name"`
		FirstName string   `xml:"firstname"`
		Phones    []string `xml:"phone"`
		Extra     []string `xml:"extra"`
	} `xml:"entry"`
}

func (s searchCH) trace(ctx context.Context, n call.Number) ([]Finding, []site.Step, error) {
	subscriber, swiss := strings.CutPrefix(n.E164, "+41")
	if !online.Askable(n) || !swiss {
		return nil, []site.Step{notAsked}, nil
	}
	query := url.Values{"was": {"0" + subscriber}, "maxnum": {"1"}, "lang": {s.o.Language.String()}}
	if s.o.Key != "" {
		query.Set("key", s.o.Key)
	}
	asked := site.Step{Key: "url", Source: s.o.URL}
	failed := func(why call.Text, err error) ([]Finding, []site.Step, error) {
		asked.Meaning, asked.Failed = why, true
		return nil, []site.Step{asked}, err
	}
	answer, err := s.o.Client.Do(ctx, online.Request{URL: s.o.URL + "?" + query.Encode()})
	if err != nil {
		return failed(online.Explain(err), err)
	}
	// It says so in plain text, with any status.
	if len(answer.Body) < 1024 && bytes.Contains(bytes.ToLower(answer.Body), []byte("too many requests")) {
		err := &online.StatusError{Status: http.StatusTooManyRequests}
		return failed(online.Explain(err), err)
	}
	var f feed
	d := xml.NewDecoder(bytes.NewReader(answer.Body))
	d.CharsetReader = charset.NewReaderLabel
	if d.Decode(&f) != nil {
		reason := call.Text{"is no Atom feed", "ist kein Atom-Feed"}
		return failed(reason, &site.ReadError{Key: "answer", Source: "search.ch", Reason: reason})
	}
	asked.Meaning = call.Text{"answered with %d entries", "antwortete mit %d Einträgen"}.With(len(f.Entries))
	for _, e := range f.Entries {
		name := site.Plain(strings.TrimSpace(e.FirstName+" "+e.Name), 100)
		if name == "" {
			name = site.Plain(e.Title, 100)
		}
		// It finds numbers that are similar, too.
		numbers := digitsOf(e.Content + " " + strings.Join(e.Phones, " ") + " " + strings.Join(e.Extra, " "))
		if name == "" || !strings.Contains(numbers, subscriber) {
			continue
		}
		found := site.Step{Key: "caller_name", Source: "entry", Texts: []string{name}, Meaning: call.Text{name, name}}
		return []Finding{listed(s.Name(), "search.ch", name, s.o.Language)}, []site.Step{asked, found}, nil
	}
	return nil, []site.Step{asked, {Key: "caller_name", Source: "entry", Meaning: call.Text{
		"no entry has this number", "kein Eintrag hat diese Nummer",
	}}}, nil
}
