package soap_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/tr064/soap"
	"github.com/prometheus/client_golang/prometheus"
)

// page is a box that has one service and answers everything as told.
func page(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/tr64desc.xml" {
			io.WriteString(w, `<root xmlns="urn:dslforum-org:device-1-0"><device><modelName>FRITZ!Box</modelName><serviceList><service>`+ //nolint:errcheck // the test then fails
				`<serviceType>urn:dslforum-org:service:X_VoIP:1</serviceType><controlURL>/upnp/control/x_voip</controlURL><SCPDURL>/x_voipSCPD.xml</SCPDURL></service></serviceList></device></root>`)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func clientOf(t *testing.T, s *httptest.Server, o soap.Options) *soap.Client {
	t.Helper()
	host, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	o.Host, o.HTTP = host, true
	o.Port = must[int](t)(strconv.Atoi(port))
	c := must[*soap.Client](t)(soap.New(o))
	t.Cleanup(c.Close)
	return c
}

// dialPhone asks for the one thing that [configured] answers.
func dialPhone(t *testing.T, c *soap.Client) (string, error) {
	a, err := c.Call(t.Context(), soap.VoIP, "X_AVM-DE_DialGetConfig")
	return a["X_AVM-DE_PhoneName"], err
}

const configured = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:X_AVM-DE_DialGetConfigResponse xmlns:u="urn:dslforum-org:service:X_VoIP:1">` +
	`<NewX_AVM-DE_PhoneName>FON1: Telefon</NewX_AVM-DE_PhoneName></u:X_AVM-DE_DialGetConfigResponse></s:Body></s:Envelope>`

// TestOneAtATime: however many ask, the box sees one request and then a pause.
func TestOneAtATime(t *testing.T) {
	const spacing = 20 * time.Millisecond
	var mu sync.Mutex
	var inside, most int
	var ended time.Time
	var closest = time.Hour
	s := page(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		if inside++; inside > most {
			most = inside
		}
		if !ended.IsZero() {
			closest = min(closest, time.Since(ended))
		}
		mu.Unlock()
		runtime.Gosched()
		mu.Lock()
		inside--
		ended = time.Now()
		mu.Unlock()
		io.WriteString(w, configured) //nolint:errcheck // the test then fails
	})
	reg := prometheus.NewRegistry()
	c := clientOf(t, s, soap.Options{Timing: soap.Timing{Spacing: spacing}, Registerer: reg, Box: "fritzbox"})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if name, err := dialPhone(t, c); err != nil || name != "FON1: Telefon" {
				t.Error(name, err)
			}
		})
	}
	all.Wait()
	if most != 1 || closest < spacing {
		t.Errorf("%d at a time, %v between two", most, closest)
	}
	families, err := reg.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "callporter_tr064_requests_total" || len(families[0].GetMetric()) != 1 || families[0].GetMetric()[0].GetCounter().GetValue() != 11 {
		t.Errorf("%v", families)
	}
}

// TestServicesOfTheModel: what the description does not list is not there, and what
// it lists is not asked where the box did not say.
func TestServicesOfTheModel(t *testing.T) {
	s := page(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/upnp/control/x_voip" || r.Header.Get("SOAPAction") != `"urn:dslforum-org:service:X_VoIP:1#X_AVM-DE_DialGetConfig"` || r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, configured) //nolint:errcheck // the test then fails
	})
	c := clientOf(t, s, soap.Options{})
	if _, err := dialPhone(t, c); err != nil {
		t.Error(err)
	}
	if _, err := c.Call(t.Context(), soap.OnTel, "GetPhonebookList"); !errors.Is(err, soap.ErrNotAvailable) {
		t.Error(err)
	}
}

func TestBadHostAndLoginForms(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		o      soap.Options
		want   soap.Reason
	}{
		"host": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, "<html>400 Bad Request (ERR_INVALID_HOSTHEADER)</html>")
		}, soap.Options{}, soap.BadHost},
		"no credentials": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Digest realm="HTTPS Access",nonce="88B30A35B27FDC00",algorithm=MD5,qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, soap.Options{}, soap.NoCredentials},
		"basic login is none": {func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				t.Error("credentials went out")
			}
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, soap.Options{User: "porter", Password: "gurkensalat"}, soap.NoCredentials},
		"leads away": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://203.0.113.7/", http.StatusTemporaryRedirect)
		}, soap.Options{}, soap.BadAnswer},
		"503 with a challenge": {func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				io.WriteString(w, configured) //nolint:errcheck // the test then fails
				return
			}
			w.Header().Set("WWW-Authenticate", `Digest realm="HTTPS Access",nonce="88B30A35B27FDC00",algorithm=MD5,qop="auth"`)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, soap.Options{User: "porter", Password: "gurkensalat"}, ""},
	} {
		if _, err := dialPhone(t, clientOf(t, page(t, test.answer), test.o)); soap.ReasonOf(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAtMostTwoLogins: a box that finds every nonce stale is not asked for ever.
func TestAtMostTwoLogins(t *testing.T) {
	logins := 0
	s := page(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			logins++
		}
		w.Header().Set("WWW-Authenticate", `Digest realm="HTTPS Access",nonce="88B30A35B27FDC00",algorithm=MD5,qop="auth",stale=TRUE`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	if _, err := dialPhone(t, clientOf(t, s, soap.Options{User: "porter", Password: "gurkensalat"})); err == nil || logins != 2 {
		t.Errorf("%d logins, %v", logins, err)
	}
}

// TestBusyLogin: a box that is too busy for a login may have locked us out. It is
// left alone for a while.
func TestBusyLogin(t *testing.T) {
	logins := 0
	s := page(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			logins++
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("WWW-Authenticate", `Digest realm="HTTPS Access",nonce="88B30A35B27FDC00",algorithm=MD5,qop="auth"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	attempts := new(count)
	c := clientOf(t, s, soap.Options{User: "porter", Password: "gurkensalat", Attempts: attempts})
	for range 5 {
		if _, err := dialPhone(t, c); soap.ReasonOf(err) != soap.Busy {
			t.Error(err)
		}
	}
	if logins != 1 || attempts.refused != 0 {
		t.Errorf("%d logins, %d refused", logins, attempts.refused)
	}
}
