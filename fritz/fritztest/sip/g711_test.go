package sip

import (
	"testing"

	"github.com/zaf/g711"
)

// TestG711 holds our coding against that of the library which the phone uses. The edge of a step
// may belong to either side.
func TestG711(t *testing.T) {
	near := func(level int, got byte, encode func(int16) byte) bool {
		for _, edge := range []int{0, 1, -1, 8, -8} {
			if encode(int16(level+edge)) == got {
				return true
			}
		}
		return false
	}
	for level := -32768 + 8; level <= 32767-8; level++ {
		if got := alaw(level); !near(level, got, g711.EncodeAlawFrame) {
			t.Fatalf("A-law of %d is %#x, want %#x", level, got, g711.EncodeAlawFrame(int16(level)))
		}
		if got := ulaw(level); !near(level, got, g711.EncodeUlawFrame) {
			t.Fatalf("µ-law of %d is %#x, want %#x", level, got, g711.EncodeUlawFrame(int16(level)))
		}
	}
	if s := samples(8, false); s[0] != 0xd5 || len(s) != 1280 {
		t.Errorf("silence is %#x", s[0])
	}
}
