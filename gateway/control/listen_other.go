//go:build !unix

package control

import (
	"errors"
	"net"
)

// MaxPath says that there are no sockets.
const MaxPath = 0

// Listen opens nothing: the system has no lock that would tell whether a
// socket is still in use, nor rights that would keep others out.
func Listen(string) (net.Listener, error) { return nil, errors.ErrUnsupported }
