package soap

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestReadAnswer(t *testing.T) {
	const head = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`
	for _, test := range []struct {
		status int
		text   string
		want   Reason
		code   int
	}{
		{200, head + `<u:GetInfoResponse xmlns:u="x"><NewEnable> 1 </NewEnable></u:GetInfoResponse></s:Body></s:Envelope>`, "", 0},
		{500, head + "<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\">\n<errorCode>\n606 </errorCode><errorDescription>Action not authorized</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>", RightMissing, 606},
		{500, head + `<s:Fault></s:Fault></s:Body></s:Envelope>`, BadAnswer, 0},
		{200, head + `<u:OtherResponse/></s:Body></s:Envelope>`, BadAnswer, 0},
		{200, head + `</s:Body></s:Envelope>`, BadAnswer, 0}, {200, "", BadAnswer, 0}, {404, "not here", BadAnswer, 0},
		{400, "<html>400 Bad Request (ERR_INVALID_HOSTHEADER)</html>", BadHost, 0},
	} {
		response := &http.Response{StatusCode: test.status, Status: http.StatusText(test.status), Body: io.NopCloser(strings.NewReader(test.text))}
		a, err := readAnswer(response, DeviceInfo, "GetInfo")
		if ReasonOf(err) != test.want || (err == nil) != (a["Enable"] == "1") {
			t.Errorf("%.60s: %v, %v", test.text, a, err)
		}
		if e, ok := err.(*Error); ok && (e.Code != test.code || e.Code == 606 && e.Right != SettingsRight) { //nolint:errorlint // not wrapped here
			t.Errorf("%+v", e)
		}
	}
}

// FuzzReadAnswer: the readers of answers end, with an error or with values.
func FuzzReadAnswer(f *testing.F) {
	f.Add(`<s:Envelope><s:Body><s:Fault><detail><UPnPError><errorCode>713</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`)
	f.Add(`<List><Username last_user="1">a</Username></List>`)
	f.Fuzz(func(t *testing.T, text string) {
		_, _, _ = readUsers(text)
		_, _ = readAnswer(&http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(text))}, OnTel, "GetPhonebook")
	})
}
