// Command make reads a WAV from its input and writes it as 8 kHz A-law WAV, without the silence
// at both ends and as loud as a telephone takes it.
package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/zaf/g711"

	"github.com/callporter/callporter/fritz/sip/announcement"
)

const (
	quiet = 300       // below that it is silence
	peak  = 20000     // of 32767
	pause = rate / 10 // samples left at both ends
	rate  = announcement.Rate
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}

func run() error {
	samples, err := announcement.Read(os.Stdin)
	if err != nil {
		return err
	}
	first, last, loudest := len(samples), 0, 1
	for i, s := range samples {
		size := max(int(s), -int(s))
		loudest = max(loudest, size)
		if size > quiet {
			first, last = min(first, i), i
		}
	}
	samples = samples[max(0, first-pause):min(len(samples), last+pause)]
	data := make([]byte, len(samples), len(samples)+1)
	for i, s := range samples {
		data[i] = g711.EncodeAlawFrame(int16(int(s) * peak / loudest))
	}
	out := []byte("RIFF....WAVEfmt ")
	for _, field := range []any{
		uint32(18), uint16(6), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8), uint16(0),
	} {
		if out, err = binary.Append(out, binary.LittleEndian, field); err != nil {
			return err
		}
	}
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	out = append(out, data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	_, err = os.Stdout.Write(out)
	return err
}
