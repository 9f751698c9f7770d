package media

import (
	"context"
	"time"
)

const (
	// window is how many samples are kept for packets that come out of order: about a second.
	window = 8192
	// patience is how long a sample is waited for.
	patience = 200 * time.Millisecond
	// maxStray is how many packets in a row may come at an unlikely time before the clock of the
	// sender is read anew.
	maxStray = 5
)

// recorder puts packets in order. Its positions are samples since its start, by our clock.
type recorder struct {
	start  time.Time
	ring   [window]int16
	taken  int64  // position up to which samples are given away
	synced bool   // whether stamp and origin count
	stamp  uint32 // time stamp of the sender
	origin int64  // position of that stamp
	stray  int
}

func (r *recorder) at(t time.Time) int64 { return int64(t.Sub(r.start) * Rate / time.Second) }

// put takes a packet.
func (r *recorder) put(now time.Time, stamp uint32, payload []byte, c *codec) {
	clock := r.at(now)
	position := r.origin + int64(int32(stamp-r.stamp))
	if off := position - clock; !r.synced || off < -window/4 || off > window/4 {
		if r.stray++; r.synced && r.stray < maxStray {
			return
		}
		r.synced, r.stamp, r.origin = true, stamp, clock
		position = clock
	}
	r.stray = 0
	for i, b := range payload {
		if p := position + int64(i); p >= r.taken && p < r.taken+window {
			r.ring[p%window] = c.decode(b)
		}
	}
}

// take gives the samples away whose time is over: silence where no packet came.
func (r *recorder) take(until time.Time, samples []int16) []int16 {
	for end := r.at(until); r.taken < end && len(samples) < cap(samples); r.taken++ {
		i := r.taken % window
		samples = append(samples, r.ring[i])
		r.ring[i] = 0
	}
	return samples
}

// Record gives what the caller says, from now on, to write: samples of 8 kHz in order, silence
// where a packet is missing. It returns when ctx ends or the call is over, with nil; or when
// write fails, with that error. write may keep nothing of the samples. One recording at a time
// is made: a second one replaces the first.
func (s *Session) Record(ctx context.Context, write func(samples []int16) error) error {
	r := &recorder{start: time.Now()}
	s.mu.Lock()
	if s.said.voice < 0 {
		s.mu.Unlock()
		return ErrNoVoice
	}
	s.recorder = r
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.recorder == r {
			s.recorder = nil
		}
	}()
	samples := make([]int16, 0, window)
	step := time.NewTicker(patience / 2)
	defer step.Stop()
	for over := false; !over; {
		until := -patience
		select {
		case <-step.C:
		case <-ctx.Done():
			over, until = true, 0
		case <-s.closed:
			over, until = true, 0
		}
		s.mu.Lock()
		samples = r.take(time.Now().Add(until), samples[:0])
		s.mu.Unlock()
		if err := write(samples); err != nil {
			return err
		}
	}
	return nil
}
