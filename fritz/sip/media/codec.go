package media

import "github.com/zaf/g711"

// Rate is how many samples a second of voice has.
const Rate = 8000

// frame is how many samples a packet has: 20 ms.
const frame = Rate / 50

// codec is one form of G.711.
type codec struct {
	name    string // in SDP
	payload uint8  // its payload type, by RFC 3551
	encode  func(int16) uint8
	decode  func(uint8) int16
	silence byte
}

var (
	pcma = &codec{"PCMA", 8, g711.EncodeAlawFrame, g711.DecodeAlawFrame, g711.EncodeAlawFrame(0)}
	pcmu = &codec{"PCMU", 0, g711.EncodeUlawFrame, g711.DecodeUlawFrame, g711.EncodeUlawFrame(0)}
)

// keyEvent is the payload type of telephone events in an offer of our own.
const keyEvent = 101
