package boxscript_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestSlowScript: who never sends the whole of a script does not keep its place,
// while a script that is there may wait as long as it likes.
func TestSlowScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := fritztest.New(boxtest.Frozen())
		defer b.Close()
		port := boxtest.NewPipes()
		server := http.Server{Handler: boxscript.Control(boxscript.NewRunner(b, boxscript.RunOptions{Speed: 1}))}
		go server.Serve(port)
		defer server.Close()
		for _, test := range []struct {
			sent, status string // eight bytes are announced
			took         time.Duration
		}{
			{"wait 5m\n", "HTTP/1.1 200 OK", 5 * time.Minute},
			{"wait", "HTTP/1.1 400 Bad Request", 10 * time.Second},
		} {
			conn, err := port.Dial()
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			go io.WriteString(conn, "POST /script HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8\r\n\r\n"+test.sent)
			answer, err := io.ReadAll(conn)
			if took := time.Since(start); err != nil || !strings.HasPrefix(string(answer), test.status) || took != test.took {
				t.Errorf("%q after %v: %v", answer, took, err)
			}
			conn.Close()
		}
	})
}
