// Package announcement is what a caller can be told: built-in texts in German and English, WAV
// files of the user, and tones. All of it is samples of 8 kHz, for a [media.Session] to play.
//
// The built-in texts are audio files of G.711 A-law. make/texts is what they say; make/make.sh
// speaks it with espeak-ng.
//
// [media.Session]: https://pkg.go.dev/github.com/callporter/callporter/fritz/sip/media#Session
package announcement

//go:generate sh make/make.sh
