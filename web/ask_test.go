package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	for _, well := range []bool{true, false} {
		address := start(t, Options{Version: "1.2.3", Ready: func(context.Context) (bool, []Check) {
			return well, []Check{{Name: "broker", OK: well}}
		}})
		if got, err := Ask(t.Context(), address); err != nil || got != (Answer{Ready: well, Version: "1.2.3"}) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestAskSomebodyElse(t *testing.T) {
	for _, body := range []string{"", "ready", `{"status":"ready"}`, `{"status":"up","checks":[]}`, `{"status":"ready","checks":[`} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(body)) //nolint:errcheck // the test then fails
		}))
		if got, err := Ask(t.Context(), strings.TrimPrefix(s.URL, "http://")); err == nil || !strings.HasSuffix(err.Error(), "is not callporter") {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
		s.Close()
		if _, err := Ask(t.Context(), strings.TrimPrefix(s.URL, "http://")); err == nil {
			t.Error("a closed port answers")
		}
	}
}
