package check

import (
	"cmp"
	"slices"
)

// repeats are codes of findings that say again what the finding of another code says. Each is
// left out beside any of those.
var repeats = map[string][]string{
	"access_untried":  {"data_unwritable"},
	"data_space":      {"journal_space"},
	"monitor_refused": {"box_other", "monitor_no_access", "monitor_no_aid", "monitor_not_dialled", "monitor_not_lifted"},
	"monitor_off":     {"monitor_no_access", "monitor_no_aid", "monitor_not_dialled", "monitor_not_lifted"},
	"monitor_timeout": {"box_other"}, "monitor_unreachable": {"box_other"},
}

// withoutRepeats leaves out what another finding of the same box, or of none, says already. A
// warning that stands for a problem is one.
func withoutRepeats(found []Finding) []Finding {
	kept := slices.Clone(found)
	for _, repeated := range found {
		i := slices.IndexFunc(kept, func(f Finding) bool {
			return slices.Contains(repeats[repeated.Code], f.Code) && (f.Box == repeated.Box || f.Box == "")
		})
		if i < 0 {
			continue
		}
		kept[i].State = max(kept[i].State, repeated.State)
		kept = slices.DeleteFunc(kept, func(f Finding) bool { return f == repeated })
	}
	return kept
}

// sorted puts the findings into the order of their states, the most serious first.
func sorted(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(b.State, a.State) })
	return found
}
