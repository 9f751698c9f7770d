package screening

import "context"

// screen judges, and asks the sources if nothing here decides.
func (s *Screener) screen(ctx context.Context, q *Query, steps *[]Step) (Result, []Step) {
	result := s.local(q, steps)
	if steps == nil {
		return result, nil
	}
	return result, *steps
}
