package call

import "time"

// ID is callporter's own name for a call: 26 characters that sort by the time the
// call began and stay the same over all its events. The form is that of a ULID
// (48 bits of milliseconds, 80 bits of randomness, Crockford's base 32).
type ID string

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// IDs makes IDs. Each is greater than the one before, also when the clock is set back or
// several calls begin in one millisecond.
type IDs struct {
	// Random fills its argument with random bytes; it is asked once a call.
	Random func([]byte)

	ms     uint64
	random [10]byte
}

// Next returns the ID of a call that began at t.
func (s *IDs) Next(t time.Time) ID {
	ms := uint64(max(t.UnixMilli(), 0)) & (1<<48 - 1)
	if ms > s.ms {
		s.ms = ms
		s.Random(s.random[:])
		s.random[0] &= 0x7f // room to count up within the millisecond
	} else {
		for i := len(s.random) - 1; i >= 0; i-- {
			s.random[i]++
			if s.random[i] != 0 {
				break
			}
		}
	}
	return encodeID(s.ms, s.random)
}

// encodeID writes 128 bits as 26 characters of 5 bits, most significant first.
func encodeID(ms uint64, tail [10]byte) ID {
	var out [26]byte
	for i := 9; i >= 0; i-- {
		out[i] = crockford[ms&31]
		ms >>= 5
	}
	bits, n, at := uint(0), 0, 10
	for _, b := range tail {
		bits = bits<<8 | uint(b)
		for n += 8; n >= 5; {
			n -= 5
			out[at] = crockford[bits>>n&31]
			at++
		}
		bits &= 1<<n - 1
	}
	return ID(out[:])
}
