package soap

import (
	"net/http"
	"strings"
	"testing"
)

func TestOwnPath(t *testing.T) {
	for _, test := range []struct {
		host, handed string
		http, ok     bool
	}{
		{"fritz.box", "https://fritz.box:49443/x", false, true}, {"fritz.box", "https://FRITZ.box:49443/x", false, true},
		{"192.168.178.1", "https://192.168.178.1:49443/x?sid=1", false, true}, {"fd00::1", "https://[fd00::1]:49443/x", false, true},
		{"192.168.178.1", "/x", false, true},
		{"fritz.box", "http://fritz.box:49000/x", true, true}, {"fritz.box", "http://fritz.box:49000/x", false, false},
		{"fritz.box", "https://fritz.box:49443/x", true, false}, {"fritz.box", "https://fritz.box:22/x", false, false},
		{"fritz.box", "https://fritz.box.example:49443/x", false, false}, {"fritz.box", "https://user@fritz.box:49443/x", false, false},
		{"fritz.box", "//fritz.box/x", false, false}, {"fritz.box", "ftp://fritz.box:49443/x", false, false}, {"fritz.box", "file:///etc/passwd", false, false},
		{"fritz.box", "x", false, false}, {"fritz.box", "", false, false},
	} {
		c, err := New(Options{Host: test.host, HTTP: test.http})
		if err != nil {
			t.Fatal(err)
		}
		if path, err := c.OwnPath(test.handed); (err == nil) != test.ok {
			t.Errorf("%s: %q, %v", test.handed, path, err)
		}
	}
}

func FuzzOwnPath(f *testing.F) {
	c, err := New(Options{Host: "192.168.178.1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("https://192.168.178.1:49443/phonebook.lua?sid=0123456789abcdef&pbid=0")
	f.Add("/download.lua?path=/x")
	f.Add("https://192.168.178.1@203.0.113.7/x")
	f.Add("//203.0.113.7/x")
	f.Add(`/\203.0.113.7/x`)
	f.Fuzz(func(t *testing.T, handed string) {
		path, err := c.OwnPath(handed)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\r\n \\") {
			t.Errorf("%q leads to %q", handed, path)
		}
		request, err := http.NewRequest(http.MethodGet, c.base.String()+path, nil)
		if err == nil && request.URL.Host != "192.168.178.1:49443" {
			t.Errorf("%q leads to %s", handed, request.URL.Host)
		}
	})
}
