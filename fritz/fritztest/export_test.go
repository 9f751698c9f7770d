package fritztest

import (
	"context"
	"strings"
	"time"
)

// ReadEnvelope reads a SOAP request and writes what was understood of it.
func ReadEnvelope(body []byte) (action string, arguments [][2]string, err error) {
	e, err := readEnvelope(body)
	for _, a := range e.arguments {
		arguments = append(arguments, [2]string{a.name, a.value})
	}
	return e.action, arguments, err
}

// EntryTwice reads an entry, writes it and reads that.
func EntryTwice(data string) (first, second Contact, err error) {
	first, err = readEntry(data)
	if err != nil {
		return Contact{}, Contact{}, err
	}
	second, err = readEntry(first.data())
	return first, second, err
}

// National writes a number in the way of a box in Berlin.
func National(number string) string {
	return (&tr064{country: [2]string{"49", "00"}, area: [2]string{"30", "0"}}).national(number)
}

// ParseFields reads an Authorization header.
func ParseFields(text string) map[string]string { return parseFields(text) }

// NonceLife is how long a nonce lives at first.
const NonceLife = nonceLife

// SessionLife is how long the URL of a list lives.
const SessionLife = sessionLife

// Tone is the recording of a message.
func Tone(d time.Duration) string { return strings.Clone(tone(int(d / time.Second))) }

// Now returns the time that the box's clock shows.
func (b *Box) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock.wall()
}

// Name returns the script's name.
func (s *Script) Name() string { return s.name }

// Len returns how many commands the script runs, all repeats counted.
func (s *Script) Len() int { return int(steps(s.commands)) }

// Run runs the script at that speed; see RunOptions.
func (s *Script) Run(ctx context.Context, b *Box, speed float64) error {
	return NewRunner(b, RunOptions{Speed: speed}).Run(ctx, s)
}
