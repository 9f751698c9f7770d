package mirror

import (
	"errors"
	"net/http"
	"time"

	"github.com/callporter/callporter/screening/online"
)

// failure is an attempt that brought no list.
type failure struct {
	reason Reason
	cause  error
	after  time.Duration // how long nothing is to be asked; 0 = not said
	whole  bool          // the next attempt loads the whole list
}

// errLimit says that our own count allows no request now.
var errLimit = errors.New("as much was asked as is allowed")

// failureOf makes a failure of an error of a publisher; sent says that a request was sent.
func failureOf(err error, sent bool) *failure {
	f := &failure{reason: Broken, cause: err}
	var answer *online.StatusError
	switch {
	case errors.As(err, &answer):
		f.reason, f.after = ServerTrouble, answer.RetryAfter
		switch answer.Status {
		case http.StatusUnauthorized, http.StatusForbidden:
			f.reason = Unauthorized
		case http.StatusTooManyRequests:
			f.reason = TooMany
		}
	case !sent:
		f.reason = Unreachable
	case errors.Is(err, online.ErrNoAnswer):
		f.reason = Timeout
	}
	return f
}
