package config

import "slices"

// reserved are names of evidence that a web source cannot have.
var reserved = []string{"context", "history", "lists", "names", "permit", "phoneblock", "phonebook", "plan", "repeats", "rules", "tellows"}

// checkScreening checks what belongs together in the sources.
func (r *reader) checkScreening(s *Screening) {
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
