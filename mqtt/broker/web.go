package broker

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/callporter/callporter/mqtt/internal/webstream"
	"github.com/gorilla/websocket"
)

// maxHTTPHeader bounds the header of an HTTP request, in bytes.
const maxHTTPHeader = 8 << 10

// webPort accepts WebSocket requests [6]: GET / or /mqtt with the subprotocol "mqtt".
type webPort struct {
	listener net.Listener
	upgraded *chanListener
	origins  []string
	server   *http.Server
	work     sync.WaitGroup
}

func newWebPort(l net.Listener, origins []string, log *slog.Logger) *webPort {
	w := &webPort{listener: l, upgraded: newChanListener(l.Addr()), origins: origins}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.upgrade)
	mux.HandleFunc("GET /mqtt", w.upgrade)
	w.server = &http.Server{
		Handler:     mux,
		ReadTimeout: connectTime, WriteTimeout: connectTime, MaxHeaderBytes: maxHTTPHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	w.server.SetKeepAlivesEnabled(false)
	return w
}

// serve answers requests until close.
func (w *webPort) serve() {
	w.work.Go(func() { _ = w.server.Serve(w.listener) }) // only ever ends with ErrServerClosed
}

func (w *webPort) close() {
	w.upgraded.Close()
	_ = w.server.Close()
	w.listener.Close()
	w.work.Wait()
}

func (w *webPort) upgrade(rw http.ResponseWriter, r *http.Request) {
	if !slices.Contains(websocket.Subprotocols(r), "mqtt") {
		http.Error(rw, "the WebSocket subprotocol mqtt is needed", http.StatusBadRequest)
		return
	}
	upgrader := websocket.Upgrader{
		HandshakeTimeout: connectTime,
		Subprotocols:     []string{"mqtt"}, // [MQTT-6.0.0-4]
		CheckOrigin:      w.allowed,
		ReadBufferSize:   4 << 10, WriteBufferSize: 4 << 10,
		WriteBufferPool: &webBuffers,
	}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	ws.SetReadLimit(2 * maxPacket)                                       // of one message, which may hold several packets
	_ = w.upgraded.send(context.Background(), &webstream.Conn{Conn: ws}) // ends at the latest with close
}

var webBuffers sync.Pool

// allowed checks the Origin header. Browsers always send it truthfully, so a page of
// another site cannot use the browser of somebody who may log in. Other programs send
// none.
func (w *webPort) allowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.ContainsFunc(w.origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return true
	}
	from, err := url.Parse(origin)
	if err != nil || from.Hostname() == "" {
		return false
	}
	own, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		own = r.Host
	}
	return strings.EqualFold(from.Hostname(), strings.Trim(own, "[]"))
}
