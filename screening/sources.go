package screening

// checks are all checks that need nothing from outside, in the order of their right to
// decide.
func checks(o Options) []Check {
	return []Check{
		ownLists{o.Lists, o.Language},
		phonebooks{o.Language},
		newStructure(o.Language),
	}
}
