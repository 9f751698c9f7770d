package site

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/selector"
)

// Bounds of what is told on, in characters.
const (
	maxLabel   = 60
	maxComment = 160
	maxName    = 100
)

// Ask fetches the page about a number and reads it. The steps are those that were taken, also
// where the last one failed; a page that is not as configured is a [ReadError]. No error
// holds the number.
func (s *Site) Ask(ctx context.Context, client *online.Client, n call.Number) (Entry, []Step, error) {
	r := reading{site: s}
	answer, err := client.Do(ctx, online.Request{URL: s.address.fill(n), Header: s.header})
	switch status := online.Status(err); {
	case status == http.StatusNotFound || status == http.StatusGone:
		r.step("url", s.address.template, nil, call.Text{"the site does not know the number (%d)", "die Seite kennt die Nummer nicht (%d)"}.With(status))
		return Entry{}, r.steps, nil
	case err != nil:
		r.step("url", s.address.template, nil, online.Explain(err)).Failed = true
		return Entry{}, r.steps, err
	}
	r.step("url", s.address.template, nil, call.Text{"answered with %d bytes", "antwortete mit %d Bytes"}.With(len(answer.Body)))
	if r.page, err = selector.NewDocument(answer.Body, answer.Header.Get("Content-Type"), s.encoding); err != nil {
		return Entry{}, r.steps, err
	}
	entry, err := r.read()
	return entry, r.steps, err
}

// reading is one page that is read.
type reading struct {
	site  *Site
	page  *selector.Document
	steps []Step
}

func (r *reading) step(key, source string, texts []string, meaning call.Text) *Step {
	r.steps = append(r.steps, Step{Key: key, Source: source, Texts: texts, Meaning: meaning})
	return &r.steps[len(r.steps)-1]
}

// fail notes a step that failed, and returns its error.
func (r *reading) fail(key, source string, texts []string, reason call.Text) error {
	r.step(key, source, texts, reason).Failed = true
	return &ReadError{key, source, reason}
}

var noMatch = call.Text{"matches nothing: has the page another layout now?", "passt auf nichts: Ist die Seite jetzt anders aufgebaut?"}

func (r *reading) read() (Entry, error) {
	s := r.site
	if !s.unknown.IsZero() {
		texts, err := s.unknown.Texts(r.page)
		switch {
		case err != nil:
			return Entry{}, r.fail("unknown", s.unknown.String(), nil, unreadable(err))
		case len(texts) > 0:
			r.step("unknown", s.unknown.String(), texts, call.Text{"the site does not know the number", "die Seite kennt die Nummer nicht"})
			return Entry{}, nil
		}
		r.step("unknown", s.unknown.String(), nil, call.Text{"matches nothing: the site knows the number", "passt auf nichts: Die Seite kennt die Nummer"})
	}
	e := Entry{Known: true}
	if !s.score.IsZero() {
		if err := r.rate(&e); err != nil || !e.Known {
			return Entry{}, err
		}
	}
	// Where it is a directory, the name is all it has.
	name, err := r.text("caller_name", s.callerName, s.score.IsZero(), maxName)
	if err != nil {
		return Entry{}, err
	}
	e.Name = name
	e.Label, _ = r.text("label", s.label, false, maxLabel)
	e.Comment, _ = r.text("comment", s.comment, false, maxComment)
	return e, nil
}

// rate reads score and number of ratings.
func (r *reading) rate(e *Entry) error {
	s := r.site
	texts, err := s.score.Texts(r.page)
	if err != nil {
		return r.fail("score", s.score.String(), nil, unreadable(err))
	}
	texts = slices.DeleteFunc(texts, func(t string) bool { return t == "" })
	if len(texts) == 0 {
		return r.fail("score", s.score.String(), nil, noMatch)
	}
	rated, err := s.scale.rate(texts)
	if err != nil {
		return r.fail("score", s.score.String(), texts, unreadable(err))
	}
	if rated.count == 0 {
		r.step("score", s.score.String(), texts, call.Text{"nobody has rated the number", "niemand hat die Nummer bewertet"})
		*e = Entry{}
		return nil
	}
	e.Score, e.Ratings = rated.score, rated.count
	if s.assumed > 0 {
		e.Ratings = s.assumed
	}
	r.step("score", s.score.String(), texts, call.Text{"%s from 1, good, to 9, bad", "%s von 1, gut, bis 9, schlecht"}.With(ScoreText(rated.score)))
	if s.ratings.IsZero() {
		return nil
	}
	if texts, err = s.ratings.Texts(r.page); err != nil {
		return r.fail("ratings", s.ratings.String(), nil, unreadable(err))
	}
	if len(texts) == 0 {
		return r.fail("ratings", s.ratings.String(), nil, noMatch)
	}
	if e.Ratings, err = count(texts[0]); err != nil {
		return r.fail("ratings", s.ratings.String(), texts, unreadable(err))
	}
	r.step("ratings", s.ratings.String(), texts, call.Text{"%d have rated", "%d haben bewertet"}.With(e.Ratings))
	if e.Ratings == 0 {
		*e = Entry{}
	}
	return nil
}

// text returns the first text that is not empty, made fit to be shown.
func (r *reading) text(key string, s selector.Selector, must bool, limit int) (string, error) {
	if s.IsZero() {
		return "", nil
	}
	texts, err := s.Texts(r.page)
	if err != nil {
		return "", r.fail(key, s.String(), nil, unreadable(err))
	}
	for _, t := range texts {
		if t = Plain(t, limit); t != "" {
			r.step(key, s.String(), texts, call.Text{t, t})
			return t, nil
		}
	}
	if must {
		return "", r.fail(key, s.String(), texts, noMatch)
	}
	r.step(key, s.String(), texts, call.Text{"matches nothing", "passt auf nichts"})
	return "", nil
}

// ScoreText writes a score with one digit behind the point, if it needs one.
func ScoreText(score float64) call.Text {
	text := strconv.FormatFloat(math.Round(score*10)/10, 'f', -1, 64)
	return call.Text{text, strings.Replace(text, ".", ",", 1)}
}

// valueError says why what stands on a page cannot be what it should be.
type valueError call.Text

// Error says it in English.
func (e valueError) Error() string { return e[call.English] }

// Explain says it for people.
func (e valueError) Explain() call.Text { return call.Text(e) }

func unreadable(err error) call.Text {
	reason := call.Text{err.Error(), err.Error()}
	var own interface{ Explain() call.Text }
	if errors.As(err, &own) {
		reason = own.Explain()
	}
	return call.Text{"cannot be read: %s", "ist nicht zu lesen: %s"}.With(reason)
}

// Plain makes a text of strangers fit to be shown: one line without invisible characters, of
// so many characters at most.
func Plain(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > limit {
		s = strings.TrimSpace(string(runes[:limit-1])) + "…"
	}
	return s
}
