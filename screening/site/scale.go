package site

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/callporter/callporter/call"
)

// Scale turns what a site says about a number into a score from 1, good, to 9, bad. The zero
// value is that scale itself, the one of tellows.
type Scale struct {
	kind   scaleKind
	counts []float64          // the score of each count
	words  map[string]float64 // the score of each word in small letters; 0 = says nothing
}

type scaleKind uint8

const (
	tellows scaleKind = iota
	stars
	percent
	ten
	counts
	words
)

// Bounds of a scale with values of its own.
const maxValues = 32

// ParseScale reads a scale:
//
//	tellows                     1 is good, 9 is bad
//	stars                       5 is good, 1 is bad
//	percent                     0 is good, 100 is bad
//	ten                         10 is good, 0 is bad
//	counts: 9, 7, 5, 3, 1       so many ratings with each of these scores
//	words: negative=8, good=2   a word each; one with - says nothing
func ParseScale(text string) (Scale, error) {
	kind, values, _ := strings.Cut(text, ":")
	values = strings.TrimSpace(values)
	switch kind = strings.TrimSpace(kind); {
	case kind == "counts" && values != "":
		return countScale(values)
	case kind == "words" && values != "":
		return wordScale(values)
	case values == "" && !strings.Contains(text, ":"):
		if i := slices.Index([]string{"tellows", "stars", "percent", "ten"}, kind); i >= 0 {
			return Scale{kind: scaleKind(i)}, nil
		}
	}
	return Scale{}, errors.New("a scale is tellows, stars, percent, ten, \"counts: 9, 7, 5, 3, 1\" or \"words: bad=8, good=2\"")
}

func countScale(values string) (Scale, error) {
	s := Scale{kind: counts}
	for text := range strings.SplitSeq(values, ",") {
		score, err := scoreOf(text)
		if err != nil || len(s.counts) == maxValues {
			return Scale{}, fmt.Errorf("a scale of counts has 1 to %d scores from 1 to 9", maxValues)
		}
		s.counts = append(s.counts, score)
	}
	return s, nil
}

func wordScale(values string) (Scale, error) {
	s := Scale{kind: words, words: make(map[string]float64)}
	for text := range strings.SplitSeq(values, ",") {
		word, value, _ := strings.Cut(text, "=")
		word = strings.ToLower(strings.TrimSpace(word))
		score, err := scoreOf(value)
		if strings.TrimSpace(value) == "-" {
			score, err = 0, nil
		}
		if err != nil || word == "" || len(s.words) == maxValues {
			return Scale{}, fmt.Errorf("a scale of words has 1 to %d words, each with a score from 1 to 9 or -", maxValues)
		}
		s.words[word] = score
	}
	return s, nil
}

func scoreOf(text string) (float64, error) {
	score, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && !(score >= 1 && score <= 9) {
		err = strconv.ErrRange
	}
	return score, err
}

// rating is the mean of several, and how many they are.
type rating struct {
	score float64
	count int
}

// rate reads the texts that the score's selector found. A count of 0 means that nobody has
// rated.
func (s Scale) rate(texts []string) (rating, error) {
	if s.kind == counts {
		return s.rateCounts(texts)
	}
	var sum float64
	var n int
	for _, text := range texts {
		score, err := s.one(text)
		if err != nil {
			return rating{}, err
		}
		if score != 0 {
			sum += score
			n++
		}
	}
	if n == 0 {
		return rating{}, nil
	}
	return rating{sum / float64(n), n}, nil
}

func (s Scale) rateCounts(texts []string) (rating, error) {
	if len(texts) != len(s.counts) {
		return rating{}, valueError(call.Text{"%d counts were expected, %d found", "%d Anzahlen erwartet, %d gefunden"}.With(len(s.counts), len(texts)))
	}
	var sum float64
	var all int
	for i, text := range texts {
		n, err := count(text)
		if err != nil {
			return rating{}, err
		}
		sum += float64(n) * s.counts[i]
		all += n
	}
	if all == 0 {
		return rating{}, nil
	}
	return rating{sum / float64(all), all}, nil
}

// one reads one text, 0 if it says nothing.
func (s Scale) one(text string) (float64, error) {
	if s.kind == words {
		return s.word(text)
	}
	v, err := measure(text)
	if err != nil {
		return 0, err
	}
	var low, high, score float64
	switch s.kind {
	case stars:
		low, high, score = 1, 5, 11-2*v
	case percent:
		low, high, score = 0, 100, 1+v/12.5
	case ten:
		low, high, score = 0, 10, 9-0.8*v
	default:
		low, high, score = 1, 9, v
	}
	switch {
	case v == 0 && low == 1:
		return 0, nil // nobody has rated yet
	case v < low || v > high:
		return 0, valueError(call.Text{"it is not from %v to %v", "der Wert ist nicht von %v bis %v"}.With(low, high))
	}
	return score, nil
}

// word finds the words of the scale in a text, whole ones alone. The longest counts.
func (s Scale) word(text string) (float64, error) {
	text = " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), notInWord), " ") + " "
	var found string
	for word := range s.words {
		whole := " " + strings.Join(strings.FieldsFunc(word, notInWord), " ") + " "
		if len(word) > len(found) && strings.Contains(text, whole) {
			found = word
		}
	}
	if found == "" {
		return 0, valueError{"no word of the scale", "kein Wort der Skala"}
	}
	return s.words[found], nil
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
