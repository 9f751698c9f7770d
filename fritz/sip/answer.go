package sip

import (
	"context"
	"time"

	"github.com/callporter/callporter/fritz/sip/media"
)

// Method is how a call is answered.
type Method uint8

// Methods.
const (
	Leave       Method = iota // 180 until the box cancels: the house goes on ringing
	Unavailable               // 480: our phone is out, the house goes on ringing
	Hangup                    // 200, ACK, BYE: the whole house stops ringing
	Busy                      // 486
	Decline                   // 603
	Unknown                   // 404
	Announce                  // 200, ACK, Talk, BYE
)

var methodNames = [...]string{"leave", "unavailable", "hangup", "busy", "decline", "unknown", "announce"}

// String returns the word of the configuration.
func (m Method) String() string { return methodNames[min(int(m), len(methodNames)-1)] }

// Answer is how a call is to be answered.
type Answer struct {
	Method Method
	// Talk speaks with the caller, with Announce. The phone hangs up when it returns, or when
	// ctx ends: at Limit, or when the box hangs up.
	Talk func(ctx context.Context, s *media.Session)
	// Limit is the longest time from the answer to the end, with Announce; 0 = 2 min.
	Limit time.Duration
	// Taken is called once our answer counts: with Hangup and Announce when the ACK has come and
	// the house is silent, with the others when the response is acknowledged. nil = nobody asks.
	Taken func()
	// Done is called once, when nothing of the INVITE is left to do; nil = nobody asks.
	Done func(Result)
}

// Result is what became of an INVITE, on the wire.
type Result struct {
	// Status is the final status that was sent, such as 200; 0 = none, the box was first.
	Status int
	// Acknowledged says that the box has acknowledged it.
	Acknowledged bool
	// Bye is the status by which the box has answered our BYE; 0 = none.
	Bye int
	// ByeFromBox says that the box has hung up before we did.
	ByeFromBox bool
	// Took is the time from the INVITE to the final status, and Talked from there to the end.
	Took, Talked time.Duration
	// Err is why it ended without a final status of ours (ErrCancelled …), or what went wrong.
	Err error
}

// Silenced reports whether the whole house has stopped ringing by our answer. A box that knows
// the call that our BYE ends has taken the answer, even if its ACK was lost.
func (r Result) Silenced() bool { return r.Status == 200 && (r.Acknowledged || r.Bye == 200) }
