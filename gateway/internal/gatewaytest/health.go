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
	Screening                PartDoc
	Model, Firmware, Version string
	Phonebooks               []any
}
