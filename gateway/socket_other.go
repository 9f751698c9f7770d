//go:build !unix

package gateway

import (
	"errors"
	"net"
)

// maxSocketPath says that there are no sockets.
const maxSocketPath = 0

// listenSocket opens nothing: the system has no lock that would tell whether a
// socket is still in use, nor rights that would keep others out.
func listenSocket(string) (net.Listener, error) { return nil, errors.ErrUnsupported }
