package online

import (
	"context"
	"time"
)

// Result is what one of several questions led to.
type Result[V any] struct {
	Value V
	Err   error
}

// All asks all questions at once and returns their results in the order of the questions.
// When the time is up or ctx ends, it takes what has arrived: the others get [ErrNoAnswer].
// A question has to return when its ctx ends; nobody waits for it longer.
func All[V any](ctx context.Context, within time.Duration, questions []func(ctx context.Context) (V, error)) []Result[V] {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type arrival struct {
		index  int
		result Result[V]
	}
	arrivals := make(chan arrival, len(questions)) // nobody who is late is held up
	for i, ask := range questions {
		go func() {
			value, err := ask(ctx)
			arrivals <- arrival{i, Result[V]{value, err}}
		}()
	}
	results := make([]Result[V], len(questions))
	for i := range results {
		results[i].Err = ErrNoAnswer
	}
	for range questions {
		select {
		case a := <-arrivals:
			results[a.index] = a.result
		case <-ctx.Done():
			// What has arrived at the same moment counts.
			for {
				select {
				case a := <-arrivals:
					results[a.index] = a.result
				default:
					return results
				}
			}
		}
	}
	return results
}
