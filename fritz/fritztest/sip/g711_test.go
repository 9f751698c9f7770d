package sip

import (
	"testing"

	"github.com/zaf/g711"
)

// TestG711 holds our coding against that of the library which the phone uses. The edge of a step
// may belong to either side.
func TestG711(t *testing.T) {
	const edge = 16
	for level := -32768 + edge; level <= 32767-edge; level++ {
		low, high := int16(level-edge), int16(level+edge)
		if got := alaw(level); got != g711.EncodeAlawFrame(low) && got != g711.EncodeAlawFrame(int16(level)) && got != g711.EncodeAlawFrame(high) {
			t.Fatalf("A-law of %d is %#x, want %#x", level, got, g711.EncodeAlawFrame(int16(level)))
		}
		if got := ulaw(level); got != g711.EncodeUlawFrame(low) && got != g711.EncodeUlawFrame(int16(level)) && got != g711.EncodeUlawFrame(high) {
			t.Fatalf("µ-law of %d is %#x, want %#x", level, got, g711.EncodeUlawFrame(int16(level)))
		}
	}
	if s := samples(8, false); s[0] != 0xd5 || len(s) != 1280 {
		t.Errorf("silence is %#x", s[0])
	}
}
