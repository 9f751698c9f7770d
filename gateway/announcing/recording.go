package announcing

import (
	"encoding/binary"
	"errors"
	"os"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip/media"
)

const (
	sampleBytes = 2
	headBytes   = 44
	// minRecording is the shortest recording that is kept: who hangs up at once says nothing.
	minRecording = time.Second
)

// recording is one that is being made: a WAV of 16 bits. Its head is written at the end, when
// the length is known.
type recording struct {
	*Recordings
	id     call.ID
	file   *os.File
	count  int // samples
	left   int // samples that it may still have
	buffer []byte
}

// write adds samples, up to the greatest length.
func (r *recording) write(samples []int16) error {
	samples = samples[:min(len(samples), r.left)]
	r.buffer = r.buffer[:0]
	for _, s := range samples {
		r.buffer = binary.LittleEndian.AppendUint16(r.buffer, uint16(s))
	}
	if _, err := r.file.WriteAt(r.buffer, int64(headBytes+r.count*sampleBytes)); err != nil {
		return err
	}
	r.left -= len(samples)
	r.count += len(samples)
	return nil
}

// head is the start of a WAV.
func (r *recording) head() []byte {
	order, size := binary.LittleEndian, uint32(r.count*sampleBytes)
	b := order.AppendUint32([]byte("RIFF"), headBytes-8+size)
	b = order.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = order.AppendUint16(b, 1) // PCM
	b = order.AppendUint16(b, 1) // channel
	b = order.AppendUint32(b, media.Rate)
	b = order.AppendUint32(b, media.Rate*sampleBytes)
	b = order.AppendUint16(b, sampleBytes)
	b = order.AppendUint16(b, 8*sampleBytes)
	return order.AppendUint32(append(b, "data"...), size)
}

// close ends the recording, and deletes it if there is nothing in it, if it could not be written,
// or if its number was forgotten meanwhile.
func (r *recording) close() error {
	_, err := r.file.WriteAt(r.head(), 0)
	err = errors.Join(err, r.file.Close())
	r.mu.Lock()
	defer r.mu.Unlock()
	keep := err == nil && r.count >= int(minRecording*media.Rate/time.Second) && !r.forgotten[r.id]
	delete(r.reserved, r.id)
	delete(r.forgotten, r.id)
	if keep {
		return os.Rename(r.path(r.id)+partial, r.path(r.id))
	}
	return errors.Join(err, os.Remove(r.path(r.id)+partial))
}
