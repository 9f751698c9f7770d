package gatewaytest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"testing"

	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/internal/testkit"
)

// SocketClient is a client of the command socket that sends what it likes.
type SocketClient struct {
	testing.TB
	net.Conn
	Lines *bufio.Reader
}

// SocketClient connects to the command socket.
func (h *House) SocketClient() *SocketClient {
	h.Helper()
	conn := testkit.Dial(h, "unix", control.SocketPath(h.Config.Data), Patience)
	return &SocketClient{h, conn, bufio.NewReader(conn)}
}

// Say sends this text.
func (v *SocketClient) Say(text string) {
	v.Helper()
	if _, err := io.WriteString(v, text); err != nil {
		v.Fatal(err)
	}
}

// Result reads one result.
func (v *SocketClient) Result() ResultDoc {
	v.Helper()
	line, err := v.Lines.ReadString('\n')
	if err != nil {
		v.Fatalf("%q %v", line, err)
	}
	return Parse[ResultDoc](v, line)
}

// IsGone waits until the gateway has closed the connection.
func (v *SocketClient) IsGone() {
	v.Helper()
	if rest, err := io.ReadAll(v.Lines); errors.Is(err, os.ErrDeadlineExceeded) || len(rest) > 0 {
		v.Fatalf("%q %v instead of the end", rest, err)
	}
}
