package boxscript

import (
	"context"

	"github.com/callporter/callporter/fritz/fritztest"
)

// Name returns the script's name.
func (s *Script) Name() string { return s.name }

// Len returns how many commands the script runs, all repeats counted.
func (s *Script) Len() int { return int(steps(s.commands)) }

// Run runs the script at that speed; see RunOptions.
func (s *Script) Run(ctx context.Context, b *fritztest.Box, speed float64) error {
	return NewRunner(b, RunOptions{Speed: speed}).Run(ctx, s)
}
