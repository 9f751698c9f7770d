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

	"github.com/gorilla/websocket"
)

// maxHead bounds the header of an HTTP request, in bytes.
const maxHead = 8 << 10

// webPort makes connections of WebSocket requests [6]: GET / or /mqtt with the
// subprotocol "mqtt".
type webPort struct {
	listener net.Listener
	handed   *handed
	origins  []string
	server   *http.Server
	work     sync.WaitGroup
}

func newWebPort(l net.Listener, origins []string, log *slog.Logger) *webPort {
	w := &webPort{listener: l, handed: newHanded(l.Addr()), origins: origins}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.upgrade)
	mux.HandleFunc("GET /mqtt", w.upgrade)
	w.server = &http.Server{
		Handler:     mux,
		ReadTimeout: firstPacket, WriteTimeout: firstPacket, MaxHeaderBytes: maxHead,
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
	w.handed.Close()
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
		HandshakeTimeout: firstPacket,
		Subprotocols:     []string{"mqtt"}, // [MQTT-6.0.0-4]
		CheckOrigin:      w.allowed,
		ReadBufferSize:   4 << 10, WriteBufferSize: 4 << 10,
		WriteBufferPool: &webBuffers,
	}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // the answer has been given
	}
	ws.SetReadLimit(2 * maxPacket)                              // of one message, which may hold several packets
	_ = w.handed.hand(context.Background(), &webConn{Conn: ws}) // ends at the latest with close
}

var webBuffers sync.Pool

// allowed checks where a request comes from. Browsers say it truthfully, and with
// it a page of somebody else is kept from using the browser of somebody who may log
// in. Other programs say nothing.
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
