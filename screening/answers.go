package screening

import (
	"context"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
)

// resolver stands before a source: it keeps answers, asks once for all who want to know the
// same, and leaves a source alone that fails.
type resolver = online.Resolver[[]Finding]

// Bounds of what a source may say of one number.
const (
	maxAnswer = 8   // findings
	maxText   = 255 // characters
)

// resolvers puts a resolver before each source. Whose number it is changes rarely, so that
// directories are asked rarely.
func resolvers(o Options, sources []Source, directories bool) []*resolver {
	hit := online.KeepHit
	if directories {
		hit = online.KeepDirectory
	}
	all := make([]*resolver, len(sources))
	for i, source := range sources {
		all[i] = online.NewResolver(online.ResolverOptions[[]Finding]{
			Name: source.Name(), Cache: o.Answers, Metrics: o.Metrics, Changed: o.SourceChanged, Hit: hit,
			Ask: func(ctx context.Context, n call.Number) ([]Finding, bool, error) {
				findings, err := source.Evidence(ctx, n)
				for i := range findings {
					findings[i].Directory = directories
				}
				return bounded(findings), len(findings) > 0, err
			},
		})
	}
	return all
}

// bounded keeps what a source says within what a verdict can hold: it comes from outside.
func bounded(findings []Finding) []Finding {
	findings = findings[:min(len(findings), maxAnswer)]
	for i := range findings {
		f := &findings[i]
		f.Weight = min(max(f.Weight, -100), 100)
		f.Detail, f.Name, f.Sentence = cut(f.Detail), cut(f.Name), cut(f.Sentence)
	}
	return findings
}

// cut shortens a text to what a document takes.
func cut(text string) string {
	length := 0
	for i := range text {
		if length++; length > maxText {
			return text[:i]
		}
	}
	return text
}

// cached appends what sources have said of a number before, and reports whether one of them
// could still be asked.
func (s *Screener) cached(all []Finding, q *Query, n call.Number, steps *[]Step) (more []Finding, unasked bool) {
	if !online.Askable(n) {
		return all, false
	}
	for _, source := range s.asked(q) {
		var began time.Time
		if steps != nil {
			began = time.Now()
		}
		a, ok := source.Cached(n)
		if !ok {
			unasked = true
			continue
		}
		all = append(all, a.Value...)
		if steps != nil {
			*steps = append(*steps, Step{Source: source.Name(), Took: time.Since(began), Findings: a.Value})
		}
	}
	return all, unasked
}
