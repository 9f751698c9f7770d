package gatewaytest

import "time"

// PartDoc is one part of a [HealthDoc].
type PartDoc struct {
	State, Reason, Hint string
	Since               *time.Time
}

// HealthDoc is the health document of the contract.
type HealthDoc struct {
	Monitor, TR064, SIP      PartDoc
	Screening                ScreeningDoc
	Model, Firmware, Version string
	Phonebooks               []any
}

// ScreeningDoc is how the judge of callers is doing, in a [HealthDoc].
type ScreeningDoc struct {
	PartDoc
	Sources []SourceDoc
}

// SourceDoc is a source of a [ScreeningDoc].
type SourceDoc struct {
	PartDoc
	Name    string
	Entries int
	Synced  *time.Time
}
