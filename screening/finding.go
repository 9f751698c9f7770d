package screening

import "github.com/callporter/callporter/call"

// Group is the part that a finding plays in the score.
type Group uint8

// Groups of findings.
const (
	Note       Group = iota // says something, counts nothing
	List                    // decides alone: weight below 0 lets through, above 0 does not
	Structure               // what the number plan excludes
	Reputation              // what others say of the number
	Context                 // how and when it calls
	Trust                   // what speaks for the caller; its weight is below 0
)

// Finding is evidence with the part it plays in the score.
type Finding struct {
	call.Evidence
	Group     Group
	Name      string // who has the number, where the source knows
	Directory bool   // it comes from a directory
	// Sentence is what the verdict says where this finding leads to it; "" = the detail.
	Sentence string
}
