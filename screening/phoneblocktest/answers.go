package phoneblocktest

import (
	"crypto/sha1" //nolint:gosec // the interface has it
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// minVotes is from how many votes on a number is on the list.
const minVotes = 10

// blocklist answers with the list, or with what has changed since a version.
func (s *Server) blocklist(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.Atoi(r.URL.Query().Get("since"))
	if r.URL.Query().Has("since") && err != nil {
		http.Error(w, "Bad parameter 'since'.", http.StatusBadRequest)
		return
	}
	type listed struct {
		Phone        string `json:"phone"`
		Rating       string `json:"rating"`
		Votes        int    `json:"votes"`
		LastActivity int64  `json:"lastActivity,omitempty"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := struct {
		Numbers []listed `json:"numbers"`
		Version int      `json:"version"`
	}{[]listed{}, s.version}
	for number, n := range s.numbers {
		votes := bucket(n.Votes)
		if s.changed[number] <= since || votes == 0 && since == 0 {
			continue
		}
		l := listed{Phone: number, Rating: n.Rating, Votes: votes}
		if !n.Last.IsZero() {
			l.LastActivity = n.Last.UnixMilli()
		}
		answer.Numbers = append(answer.Numbers, l)
	}
	slices.SortFunc(answer.Numbers, func(a, b listed) int { return s.changed[a.Phone] - s.changed[b.Phone] })
	write(w, answer)
}

// bucket rounds votes down to what the list tells, 0 for too few.
func bucket(votes int) int {
	for _, b := range []int{100, 50, 20, minVotes} {
		if votes >= b {
			return b
		}
	}
	return 0
}

// checkPrefix answers with all numbers whose hash has a beginning.
func (s *Server) checkPrefix(w http.ResponseWriter, r *http.Request) {
	prefix := r.URL.Query().Get("sha1")
	if _, err := hex.DecodeString(prefix); err != nil || len(prefix) < 4 || len(prefix) > 40 {
		http.Error(w, "Bad parameter 'sha1'.", http.StatusBadRequest)
		return
	}
	type found struct {
		Phone       string   `json:"phone"`
		Votes       int      `json:"votes"`
		Rating      string   `json:"rating"`
		WhiteListed bool     `json:"whiteListed"`
		BlackListed bool     `json:"blackListed"`
		Archived    bool     `json:"archived"`
		LastUpdate  int64    `json:"lastUpdate"`
		Confidence  *float64 `json:"spamConfidence,omitempty"`
	}
	answer := struct {
		Numbers  []found  `json:"numbers"`
		Range10  []string `json:"range10"`
		Range100 []string `json:"range100"`
	}{[]found{}, []string{}, []string{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	for number, n := range s.numbers {
		sum := sha1.Sum([]byte(number)) //nolint:gosec // the interface has it
		if !strings.HasPrefix(hex.EncodeToString(sum[:]), strings.ToLower(prefix)) {
			continue
		}
		answer.Numbers = append(answer.Numbers, found{
			Phone: number, Votes: n.Votes, Rating: n.Rating, Confidence: n.Confidence,
			WhiteListed: n.WhiteListed, BlackListed: n.BlackListed, LastUpdate: max(0, n.Last.UnixMilli()),
		})
	}
	write(w, answer)
}

func write(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(answer)
}
