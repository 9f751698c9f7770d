package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/selector"
)

// Options are the configuration of a Site.
type Options struct {
	Name      string   // a stable word
	URL       string   // see [Address]
	Page      string   // read this page in place of URL, whatever the number; "" = none
	Encoding  string   // of the pages; "" = as they say
	Header    string   // to send along: "Authorization: Bearer 12345"; "" = none
	Country   string   // in which {national} is dialled, DE, AT or CH; "" = that of the line
	Countries []string // ISO 3166-1 alpha-2; ask about numbers of these alone; none = all

	// Selectors; "" = the site does not tell.
	Unknown string // matches where the site does not know the number
	Score   string
	Scale   string // of the score, see [ParseScale]; "" = tellows
	Ratings string // how many have rated; also a number of ratings to assume; "" = as many as Score matches
	Label   string // what sort of caller it is
	Comment string
	// CallerName is whose number it is.
	CallerName string
}

// At is the same configuration at another address: one with a place for the number, or that
// of one page. "" changes nothing.
func (o Options) At(address string) Options {
	switch {
	case strings.Contains(address, "{"):
		o.URL = address
	case address != "":
		o.Page = address
	}
	return o
}

func (o Options) address() (Address, error) {
	if o.Page == "" {
		return ParseAddress(o.URL)
	}
	if u, err := url.Parse(o.Page); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return Address{}, errAddress
	}
	return Address{template: o.Page}, nil
}

// Site is a page of the web about a number. It may be used by several goroutines at once.
type Site struct {
	name      string
	address   Address
	encoding  string
	header    http.Header
	countries []string
	scale     Scale
	assumed   int // ratings, where no selector finds them

	unknown, score, ratings, label, comment, callerName selector.Selector
}

// OptionError is a wrong option.
type OptionError struct {
	Key string // of the configuration: "url", "score" …
	Err error
}

// Error names the key.
func (e *OptionError) Error() string { return e.Key + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OptionError) Unwrap() error { return e.Err }

// New compiles the selectors. What is wrong is an [OptionError].
func New(o Options) (*Site, error) {
	s := &Site{name: o.Name, encoding: o.Encoding, countries: o.Countries}
	var err error
	if s.address, err = o.address(); err != nil {
		return nil, &OptionError{"url", err}
	}
	s.address.country = o.Country
	if o.Header != "" {
		if err := CheckHeader(o.Header); err != nil {
			return nil, &OptionError{"header", err}
		}
		name, value, _ := strings.Cut(o.Header, ":")
		s.header = http.Header{http.CanonicalHeaderKey(name): {strings.TrimSpace(value)}}
	}
	if o.Encoding != "" {
		if err := selector.CheckEncoding(o.Encoding); err != nil {
			return nil, &OptionError{"encoding", err}
		}
	}
	if o.Scale != "" {
		if s.scale, err = ParseScale(o.Scale); err != nil {
			return nil, &OptionError{"scale", err}
		}
	}
	if n, err := count(o.Ratings); err == nil && strings.Trim(o.Ratings, "0123456789") == "" {
		s.assumed, o.Ratings = n, ""
	}
	for _, one := range []struct {
		key, source string
		into        *selector.Selector
	}{
		{"unknown", o.Unknown, &s.unknown}, {"score", o.Score, &s.score}, {"ratings", o.Ratings, &s.ratings},
		{"label", o.Label, &s.label}, {"comment", o.Comment, &s.comment}, {"caller_name", o.CallerName, &s.callerName},
	} {
		if one.source == "" {
			continue
		}
		if *one.into, err = selector.Parse(one.source); err != nil {
			return nil, &OptionError{one.key, err}
		}
	}
	if s.score.IsZero() && s.callerName.IsZero() {
		return nil, &OptionError{"score", errors.New("neither score nor caller_name has a selector")}
	}
	return s, nil
}

// CheckHeader reports whether a header such as "Name: value" can be sent. The error does not
// show it.
func CheckHeader(header string) error {
	name, value, found := strings.Cut(header, ":")
	if !found || len(header) > 4096 || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) ||
		http.CanonicalHeaderKey(name) == "Host" || strings.TrimSpace(value) == "" {
		return errors.New("a header is a name, a colon and a value")
	}
	return nil
}

// Name returns the name of the site.
func (s *Site) Name() string { return s.name }

// Covers reports whether the site is asked about numbers of that country.
func (s *Site) Covers(n call.Number) bool {
	return n.E164 != "" && (len(s.countries) == 0 || slices.Contains(s.countries, n.Country))
}

// Entry is what a site says about a number.
type Entry struct {
	Known   bool    // false: nothing
	Score   float64 // 1, good, to 9, bad; 0 = not rated
	Ratings int
	Label   string
	Comment string
	Name    string // whose number it is
}

// Step is one selector and what it found, for people who want to know why a site says what
// it says.
type Step struct {
	Key     string // of the configuration
	Source  string // the selector, or the address without the number
	Texts   []string
	Meaning call.Text // what follows from them
	Failed  bool      // it should have matched, and what it found should have had a meaning
}

// ReadError is a page that is not as the configuration says.
type ReadError struct {
	Key    string
	Source string
	Reason call.Text
}

// Error names the key and the selector.
func (e *ReadError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Key, e.Source, e.Reason[call.English])
}

// Explain says it for people.
func (e *ReadError) Explain() call.Text {
	return call.Text{"“%s” (%s) %s", "„%s“ (%s) %s"}.With(e.Key, e.Source, e.Reason)
}
