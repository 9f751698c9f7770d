package screening

import (
	"testing"

	"github.com/callporter/callporter/call"
)

// What a crowd says counts the more, the more people agree.
func TestRatingWeight(t *testing.T) {
	for _, test := range []struct {
		score float64
		count int
		want  int
	}{
		{9, 1, 20}, {9, 3, 42}, {9, 20, 80}, {9, 1_000_000, 95}, {8, 29, 75}, {7, 10, 51}, {7, 3, 31}, {6, 3, 20},
		{5, 100, 0}, {4, 10, -14}, {2, 30, -53}, {1, 10, -58}, {8.5, 1_000_000, 90}, {5.5, 1_000_000, 22}, {1.5, 1_000_000, -70},
		{9, 0, 0}, {9, -5, 0}, {0, 100, -77}, {12, 100, 91},
	} {
		if got := (rating{score: test.score, count: test.count}).weight(); got != test.want {
			t.Errorf("%v by %d weighs %d, want %d", test.score, test.count, got, test.want)
		}
	}
}

func TestRatingText(t *testing.T) {
	for _, test := range []struct {
		rating   rating
		language call.Language
		reason   string
		want     string
	}{
		{rating{8.25, 29, "Aggressive Werbung"}, call.German, "rated_bad",
			"29 Leute bewerten die Nummer bei tellows mit 8,3 auf einer Skala von 1, gut, bis 9, schlecht („Aggressive Werbung“)"},
		{rating{8, 29, "Umfrage"}, call.English, "rated_bad",
			"29 people at tellows rate the number 8 on a scale from 1, good, to 9, bad (“Umfrage”)"},
		{rating{2.5, 1, ""}, call.German, "rated_good",
			"1 Person bewertet die Nummer bei tellows mit 2,5 auf einer Skala von 1, gut, bis 9, schlecht"},
		{rating{5, 1, ""}, call.English, "rated_neutral",
			"1 person at tellows rates the number 5 on a scale from 1, good, to 9, bad"},
	} {
		e := test.rating.evidence("tellows", "tellows", test.language)
		if e.Detail != test.want || e.Reason != test.reason || e.Source != "tellows" {
			t.Errorf("%+v\nwant %s, %s", e, test.reason, test.want)
		}
	}
}
