package cli

import (
	"context"
	"io"
)

// Input returns standard input as a reader that also ends with ctx. Otherwise a read of a
// terminal could not be interrupted.
func Input(ctx context.Context, stdin io.Reader) io.ReadCloser {
	from, to := io.Pipe()
	go func() {
		_, err := io.Copy(to, stdin)
		to.CloseWithError(err) // nil is the end of the input
	}()
	context.AfterFunc(ctx, func() { to.CloseWithError(ctx.Err()) })
	return from
}
