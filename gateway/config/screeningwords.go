package config

import "github.com/callporter/callporter/screening/site"

// WithheldRule is what becomes of callers who withhold their number.
type WithheldRule uint8

// The rules for callers who withhold their number.
const (
	WithheldRings WithheldRule = iota
	WithheldRejected
)

var withheldNames = []string{"ring", "reject"}

// String returns "ring" or "reject".
func (r WithheldRule) String() string { return wordAt(withheldNames, int(r)) }

// MarshalText returns the String.
func (r WithheldRule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what String writes.
func (r *WithheldRule) UnmarshalText(text []byte) error { return readWord(r, withheldNames, text) }

// ForeignRule is what becomes of callers from abroad.
type ForeignRule uint8

// The rules for callers from abroad.
const (
	ForeignScreened ForeignRule = iota
	ForeignRings
	ForeignRejected
)

var foreignNames = []string{"screen", "ring", "reject"}

// String returns "screen", "ring" or "reject".
func (r ForeignRule) String() string { return wordAt(foreignNames, int(r)) }

// MarshalText returns the String.
func (r ForeignRule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what String writes.
func (r *ForeignRule) UnmarshalText(text []byte) error { return readWord(r, foreignNames, text) }

// Pages and Directories that callporter knows by name.
var Pages, Directories = presets()

func presets() (pages, directories []string) {
	for _, p := range site.Presets() {
		if p.Directory {
			directories = append(directories, p.Name)
		} else {
			pages = append(pages, p.Name)
		}
	}
	return pages, append(directories, SearchCH)
}

// SearchCH is the directory that has an interface of its own.
const SearchCH = "searchch"
