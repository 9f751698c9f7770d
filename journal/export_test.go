package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/callporter/callporter/call"
)

// Call returns one call; ErrUnknown if the journal does not have it.
func (j *Journal) Call(ctx context.Context, id call.ID) (Entry, error) {
	r, err := j.store.Reader(ctx)
	if err != nil {
		return Entry{}, fmt.Errorf("read call: %w", err)
	}
	var row row
	err = row.read(ctx, r, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read call: %w", err)
	}
	return readEntry(ctx, r, row.key)
}
