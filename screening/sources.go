package screening

import "slices"

// checks are all checks that need nothing from outside, in the order of their right to
// decide.
func checks(o Options) []Check {
	return slices.Concat([]Check{
		permitted{o.Language},
		ownLists{o.Lists, o.Language},
		phonebooks{o.Language},
		history{o.History, o.Language},
		rules{o.Language},
		newStructure(o.Language),
	}, o.Mirrors, []Check{circumstances{o.Language}})
}
