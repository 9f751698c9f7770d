package mirror

import (
	"context"
	"fmt"
	"time"
)

// Publisher loads a list from whoever publishes it.
type Publisher interface {
	// Load loads the whole list if since is 0, else what has changed since that version;
	// names are those of the list at hand. An answer other than 200 is an *[AnswerError].
	Load(ctx context.Context, since int64, names []string) (List, error)
}

// List is what a publisher has answered: the whole list or changes of it.
type List struct {
	Entries []Entry
	Version int64    // of the list as a whole; 0 if the publisher has no versions
	Names   []string // what payloads refer to by index
}

// AnswerError is an answer that is no list.
type AnswerError struct {
	Status     int           // of HTTP
	RetryAfter time.Duration // how long nothing is to be asked; 0 = not said
}

// Error names the status, and nothing of the request.
func (e *AnswerError) Error() string { return fmt.Sprintf("the answer has status %d", e.Status) }
