package screening

import (
	"cmp"
	"context"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// webSource is a page of the web that rates callers or knows their names.
type webSource struct {
	site     *site.Site
	title    string
	client   *online.Client
	language call.Language
}

// NewWebSource makes the source of a page. What is wrong with the options is a
// [site.OptionError].
func NewWebSource(o site.Options, client *online.Client, l call.Language) (Source, error) {
	s, err := site.New(o)
	if err != nil {
		return nil, err
	}
	return webSource{s, o.Name, client, l}, nil
}

// NewPreset makes the source of a preset, which has a name that people know. For address see
// [site.Options.At].
func NewPreset(p site.Preset, address string, client *online.Client, l call.Language) (Source, error) {
	s, err := site.New(p.At(address))
	if err != nil {
		return nil, err
	}
	return webSource{s, p.Title, client, l}, nil
}

// Name returns the name of the page.
func (w webSource) Name() string { return w.site.Name() }

// Evidence asks the page. It gets the number.
func (w webSource) Evidence(ctx context.Context, n call.Number) ([]Finding, error) {
	findings, _, err := w.trace(ctx, n)
	return findings, err
}

func (w webSource) trace(ctx context.Context, n call.Number) ([]Finding, []site.Step, error) {
	if !online.Askable(n) || !w.site.Covers(n) {
		return nil, []site.Step{notAsked}, nil
	}
	e, steps, err := w.site.Ask(ctx, w.client, n)
	switch {
	case err != nil || !e.Known:
		return nil, steps, err
	case e.Score == 0:
		return []Finding{listed(w.Name(), w.title, e.Name, w.language)}, steps, nil
	}
	r := rating{e.Score, e.Ratings, cmp.Or(e.Label, e.Comment)}
	return []Finding{{Evidence: r.evidence(w.Name(), w.title, w.language), Group: Reputation, Name: e.Name}}, steps, nil
}

// listed is what a directory has to say: people who are up to no good are in none.
func listed(source, title, name string, l call.Language) Finding {
	detail := call.Text{"%s lists the number as %s", "%s führt die Nummer als %s"}.With(title, name).In(l)
	return Finding{
		Evidence: call.Evidence{Source: source, Reason: "directory", Weight: -50, Detail: detail}, Group: Trust, Name: name,
	}
}
