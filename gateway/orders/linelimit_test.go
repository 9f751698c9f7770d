package orders

import (
	"testing"
	"time"
)

func TestLineLimit(t *testing.T) {
	var l lineLimit
	now, lines := time.Now(), 0
	for range 1000 {
		if fits, _ := l.take(now); fits {
			lines++
		}
	}
	if lines != linesPerMinute {
		t.Errorf("%d lines in a minute", lines)
	}
	if fits, skipped := l.take(now.Add(time.Minute)); !fits || skipped != 1000-linesPerMinute {
		t.Errorf("a minute later: %v, %d", fits, skipped)
	}
}
