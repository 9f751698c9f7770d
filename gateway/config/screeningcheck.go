package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// reserved are names of evidence that a web source cannot have.
var reserved = []string{"context", "history", "lists", "names", "permit", "phoneblock", "phonebook", "plan", "repeats", "rules", "tellows"}

// checkScreening checks what belongs together in the sources.
func (r *reader) checkScreening(c *Config) {
	s := &c.Screening
	r.checkOwnNumbers(c)
	r.checkOnce("screening.pages", s.Pages)
	r.checkOnce("screening.directories", s.Directories)
	if p := &s.PhoneBlock; p.Enabled && !p.Mirror && !p.Live {
		r.problemUnless([]string{"screening.phoneblock.mirror", "screening.phoneblock.live"}, "screening.phoneblock.enabled",
			"given without screening.phoneblock.mirror or screening.phoneblock.live")
	}
	if s.PhoneBlock.Enabled && s.PhoneBlock.Token == "" {
		r.problemUnless([]string{"screening.phoneblock.token"}, "screening.phoneblock.enabled", "given without screening.phoneblock.token")
	}
	if s.Tellows.Enabled && s.Tellows.Key == "" {
		r.problemUnless([]string{"screening.tellows.key"}, "screening.tellows.enabled", "given without screening.tellows.key")
	}
	var names []string
	for i := range s.Sources {
		source, at := &s.Sources[i], element("screening.sources", i)
		first := slices.Index(names, source.Name)
		names = append(names, source.Name)
		switch {
		case slices.Contains(slices.Concat(reserved, Pages, Directories), source.Name):
			r.problemUnless(nil, at+".name", notAllowed(shorten(source.Name), "a name that no other source has"))
		case first >= 0:
			r.problemUnless(nil, at+".name", notAllowed(shorten(source.Name), "another name; "+element("screening.sources", first)+" has this one"))
		}
		if source.Score == "" && source.CallerName == "" {
			r.problemUnless([]string{at + ".score", at + ".caller_name"}, at, "given without score and caller_name")
		}
	}
}

// checkOnce refuses a source that a list names twice: it would be believed twice.
func (r *reader) checkOnce(key string, names []string) {
	for i, name := range names {
		if first := slices.Index(names, name); first < i {
			r.problemUnless(nil, element(key, i), notAllowed(shorten(name), "another name; "+element(key, first)+" has this one"))
		}
	}
}

// checkOwnNumbers refuses what no box takes for an own number: without it, the callers of
// all numbers would be judged.
func (r *reader) checkOwnNumbers(c *Config) {
	for key := range r.wrong {
		if strings.HasSuffix(key, ".country") || strings.HasSuffix(key, ".area_code") {
			return // one mistake, one message
		}
	}
	for i, number := range c.Screening.OwnNumbers {
		known := slices.ContainsFunc(c.Boxes, func(b Box) bool {
			_, err := call.NewPlan(b.Country, b.AreaCode, []string{number})
			return err == nil
		})
		if !known {
			r.problemUnless(nil, element("screening.own_numbers", i), notAllowed(shownValue(reflect.TypeFor[string](), "number", number), ownNumber))
		}
	}
}
