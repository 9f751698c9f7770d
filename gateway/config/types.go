package config

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// hidden stands where a secret would.
const hidden = "••••"

// Secret is a text that nobody may see: printing, logging and encoding it in any way gives
// "••••", or "" if it is empty. string(s) is the text itself.
type Secret string

// String returns "••••", "" for the empty Secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format prints the String for every verb. Without it, a wrong verb would print the bare
// value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns the String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// BrokerURL is the URL of a broker. It may contain a name and a password, so it prints
// itself without them. string(u) is the URL itself.
type BrokerURL string

var (
	urlScheme    = regexp.MustCompile(`^[a-z]{2,6}$`)
	urlAuthority = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(:[0-9]{1,5})?$`)
)

// String returns scheme, host and port. It leaves out what could be a password:
// "mqtt://••••@broker:1883", "mqtt://…".
func (u BrokerURL) String() string {
	var shown strings.Builder
	rest := string(u)
	if scheme, after, found := strings.Cut(rest, "://"); found {
		if !urlScheme.MatchString(scheme) {
			return "…"
		}
		shown.WriteString(scheme + "://")
		rest = after
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		shown.WriteString(hidden + "@")
		rest = rest[at+1:]
	}
	host, path, _ := strings.Cut(rest, "/")
	if host != "" && !urlAuthority.MatchString(host) {
		host = "…"
	}
	shown.WriteString(host)
	if path != "" {
		shown.WriteString("/…")
	}
	return shown.String()
}

// Format prints the String whatever the verb.
func (u BrokerURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// LogValue returns the String.
func (u BrokerURL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText returns the String.
func (u BrokerURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// Auto is a switch that callporter sets itself unless the user does.
type Auto uint8

// The positions of an Auto.
const (
	AutoDecides Auto = iota
	On
	Off
)

var autoNames = []string{"auto", "true", "false"}

// String returns "auto", "true" or "false".
func (a Auto) String() string { return wordAt(autoNames, int(a)) }

// MarshalText returns the String.
func (a Auto) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what String writes.
func (a *Auto) UnmarshalText(text []byte) error { return readWord(a, autoNames, text) }

// BlockWhere is where a blocked number is written.
type BlockWhere uint8

// The places for a blocked number. All but BlockOwn are beside callporter's own
// list, never instead of it.
const (
	BlockAuto BlockWhere = iota
	BlockOwn
	BlockBarring
	BlockPhonebook
)

var blockWhereNames = []string{"auto", "own", "barring", "phonebook"}

// String returns "auto", "own", "barring" or "phonebook".
func (b BlockWhere) String() string { return wordAt(blockWhereNames, int(b)) }

// MarshalText returns the String.
func (b BlockWhere) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what String writes.
func (b *BlockWhere) UnmarshalText(text []byte) error { return readWord(b, blockWhereNames, text) }

// LogLevel is the lowest severity that is logged.
type LogLevel uint8

// The levels of the log.
const (
	LogInfo LogLevel = iota
	LogDebug
	LogWarn
	LogError
)

var logLevelNames = []string{"info", "debug", "warn", "error"}

// Level is the level in slog's terms.
func (l LogLevel) Level() slog.Level {
	switch l {
	case LogDebug:
		return slog.LevelDebug
	case LogWarn:
		return slog.LevelWarn
	case LogError:
		return slog.LevelError
	case LogInfo:
	}
	return slog.LevelInfo
}

// String returns "debug", "info", "warn" or "error".
func (l LogLevel) String() string { return wordAt(logLevelNames, int(l)) }

// MarshalText returns the String.
func (l LogLevel) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what String writes.
func (l *LogLevel) UnmarshalText(text []byte) error { return readWord(l, logLevelNames, text) }

// LogFormat is the form of a log line.
type LogFormat uint8

// The forms of the log.
const (
	LogText LogFormat = iota
	LogJSON
)

var logFormatNames = []string{"text", "json"}

// String returns "text" or "json".
func (f LogFormat) String() string { return wordAt(logFormatNames, int(f)) }

// MarshalText returns the String.
func (f LogFormat) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what String writes.
func (f *LogFormat) UnmarshalText(text []byte) error { return readWord(f, logFormatNames, text) }

// wordAt is the word of an index, "unknown" if there is none.
func wordAt(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "unknown"
}

// readWord sets a value to the index of a word. An unknown word is an error that lists the
// words.
func readWord[T ~uint8](to *T, words []string, text []byte) error {
	for i, w := range words {
		if string(text) == w {
			*to = T(i)
			return nil
		}
	}
	return fmt.Errorf("unknown word: %s", strings.Join(words, ", "))
}
