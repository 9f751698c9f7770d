package soap

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is the description of a device.
func page(maker, model, name, display string) string {
	return `<?xml version="1.0"?>
<root xmlns="urn:dslforum-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<systemVersion><HW>236</HW><Major>164</Major><Display>` + display + `</Display></systemVersion>
<device><deviceType>urn:dslforum-org:device:InternetGatewayDevice:1</deviceType>
<friendlyName>` + name + `</friendlyName>
<manufacturer>` + maker + `</manufacturer>
<modelName>` + model + `</modelName>
<deviceList><device><modelName>LANDevice</modelName></device></deviceList>
</device>
</root>`
}

// device serves an answer on a port of its own.
func device(t *testing.T, answer http.HandlerFunc) netip.AddrPort {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/tr64desc.xml" || r.Method != http.MethodGet || r.Header.Get("Authorization") != "" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, s) //nolint:errcheck // the test then fails
	}
}

func TestDescribe(t *testing.T) {
	for _, test := range []struct {
		name, page string
		want       Description
		box        bool
	}{
		{"box", page("AVM", "FRITZ!Box 7530", "Haus &amp; Hof", "164.08.02"), Description{"AVM", "FRITZ!Box 7530", "Haus & Hof", "8.02"}, true},
		{"new name of the maker", page("FRITZ!", "FRITZ!Box 7690", "Box", "288.10.01"), Description{"FRITZ!", "FRITZ!Box 7690", "Box", "10.01"}, true},
		{"repeater", page("AVM Berlin", "FRITZ!Repeater 1200", "", "150.07.57"), Description{"AVM Berlin", "FRITZ!Repeater 1200", "", "7.57"}, false},
		{"another make", page("Acme", "FRITZ!Box", "", ""), Description{"Acme", "FRITZ!Box", "", ""}, false},
		{"nothing to print", page("A\u202eVM\u0085", strings.Repeat("x", 5000), "", "nonsense"), Description{"AVM", strings.Repeat("x", 64), "", ""}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Describe(t.Context(), device(t, text(test.page)), nil)
			if err != nil || got != test.want || got.FRITZBox() != test.box {
				t.Errorf("%+v, box %v, %v", got, got.FRITZBox(), err)
			}
		})
	}
}

func TestDescribeInVain(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no such page":  http.NotFound,
		"empty":         text(""),
		"web page":      text("<!DOCTYPE html><html><body>hello</body></html>"),
		"nothing in it": text("<root></root>"),
		"too large":     text("<root><device>" + strings.Repeat("<a></a>", maxDescription/7) + "<manufacturer>AVM</manufacturer></device></root>"),
		"leads away": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://203.0.113.7/", http.StatusFound)
		},
	} {
		if d, err := Describe(t.Context(), device(t, answer), nil); err == nil || !strings.HasPrefix(err.Error(), "describe 127.0.0.1:") {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

func TestDescribeIsBounded(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	never := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	if _, err := Describe(ctx, netip.MustParseAddrPort("192.168.178.1:49000"), never); err == nil {
		t.Error("an answer of nobody")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(page("AVM", "FRITZ!Box 7530", "universe", "164.08.02"))
	f.Add("<root>&bogus;</root>")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := readDescription(strings.NewReader(s))
		if err == nil && d.Manufacturer == "" && d.Model == "" {
			t.Error("an empty description")
		}
		for _, w := range []string{d.Manufacturer, d.Model, d.Name, d.Version} {
			if len([]rune(w)) > maxPrintable || Printable(w) != w {
				t.Errorf("%q", w)
			}
		}
	})
}
