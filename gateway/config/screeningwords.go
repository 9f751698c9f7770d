package config

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

// Scale is what the scores of a web page mean.
type Scale uint8

// The scales.
const (
	ScaleTellows Scale = iota // 1 good to 9 bad
	ScaleStars                // 5 good to 1 bad
	ScalePercent              // 0 good to 100 bad
	ScaleTen                  // 10 good to 0 bad
)

var scaleNames = []string{"tellows", "stars", "percent", "ten"}

// String returns "tellows", "stars", "percent" or "ten".
func (s Scale) String() string { return wordAt(scaleNames, int(s)) }

// MarshalText returns the String.
func (s Scale) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String writes.
func (s *Scale) UnmarshalText(text []byte) error { return readWord(s, scaleNames, text) }

// Pages and Directories that callporter knows by name.
var (
	Pages       = []string{"werruft", "cleverdialer", "telefonspion", "werhatangerufen", "tellows_page"}
	Directories = []string{"dasoertliche", "searchch"}
)
