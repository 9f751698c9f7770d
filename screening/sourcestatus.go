package screening

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/mirror"
)

// SourceStatus tells people how a source with a list of its own is doing.
type SourceStatus struct {
	Name string
	mirror.Status
	Hint call.Text // what to do; empty while nothing is wrong
}
