package check

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/callporter/callporter/gateway/config"
)

// portProbe is what answers at a port.
type portProbe struct {
	speaks string // the protocol; "" = not the one asked for
	box    bool   // it calls itself a FRITZ!Box
}

// probePort requests the description of the box from a port, over TLS if secure, and looks
// at the answer. It sends no login.
func (a *boxAccess) probePort(ctx context.Context, secure bool, port int) portProbe {
	ctx, cancel := context.WithTimeout(ctx, a.Timing.Dial)
	defer cancel()
	at, name := net.JoinHostPort(a.box.Host, strconv.Itoa(port)), "HTTP"
	conn, err := a.dial(ctx, "tcp", at)
	if err != nil {
		return portProbe{}
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if secure {
		name = "HTTPS"
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) // nothing secret is sent
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/tr64desc.xml", nil)
	if err != nil {
		return portProbe{}
	}
	request.Close = true
	if err := request.Write(conn); err != nil {
		return portProbe{}
	}
	answer, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 16<<10)), request)
	if err != nil {
		return portProbe{}
	}
	defer answer.Body.Close() //nolint:errcheck // only looked at
	server := config.Printable(answer.Header.Get("Server"))
	p := portProbe{speaks: name, box: strings.Contains(server, "AVM") || strings.Contains(server, "FRITZ!")}
	if server != "" && !p.box {
		p.speaks += " (" + server[:min(len(server), 40)] + ")"
	}
	return p
}
