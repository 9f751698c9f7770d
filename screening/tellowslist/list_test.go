package tellowslist

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/online"
)

const documented = `[{"number":"0049 30","score":"8"},
{"number":"00493023125123","score":"8","complains":"29","country":"de","callertype":"Gewinnspiel","callertypeid":"5"},
{"number":"+493023125124","score":9,"complains":46,"callertype":"Unbekannt"},
{"number":493023125125,"score":7.2,"complains":null,"callertype":null},
{"number":"00493023125126","score":"12","complains":"5"}]`

func TestRead(t *testing.T) {
	t.Parallel()
	for _, intro := range []string{"", "\ufeff", "Partner Data not correct\n"} {
		list, err := read(strings.NewReader(intro + documented))
		if err != nil {
			t.Fatalf("%q: %v", intro, err)
		}
		s := &mirror.Snapshot{Header: mirror.Header{Names: list.Names}, Table: mirror.NewTable(list.Entries)}
		for number, want := range map[uint64]Listing{
			493023125123: {8, 25, "Gewinnspiel"}, 493023125124: {9, 45, ""}, 493023125125: {7, 0, ""}, 493023125126: {}, 4930: {},
		} {
			if got, found := Find(s, number); got != want || found != (want != Listing{}) {
				t.Errorf("%d: %+v, want %+v", number, got, want)
			}
		}
	}
	for _, bad := range []string{
		"", "Partner Data not correct", `{"error":"no list"}`, "<html></html>", `[{"number":"00493023125123","score":"8"}`, `[1,2]`,
		strings.Repeat("x", 10_000) + documented, `[{"number":"` + strings.Repeat("1", 200_000) + `"}]`, `[{"score":"bad"}]`,
	} {
		if list, err := read(strings.NewReader(bad)); err == nil {
			t.Errorf("%.40q: %+v", bad, list)
		} else if strings.Contains(err.Error(), "3023125") {
			t.Errorf("the error tells a number: %v", err)
		}
	}
}

func TestManyKinds(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, `,{"number":"004930231250%02d","score":"8","complains":"4","callertype":"Art %d"}`, i, i)
	}
	list, err := read(strings.NewReader("[" + text.String()[1:] + "]"))
	if err != nil || len(list.Entries) != 100 || len(list.Names) != maxTypes {
		t.Errorf("%d numbers, %d kinds, %v", len(list.Entries), len(list.Names), err)
	}
}

// TestLoad asks as the interface is documented, with the hash of the key alone.
func TestLoad(t *testing.T) {
	t.Parallel()
	var got url.Values
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Query()
		_, _ = io.WriteString(w, documented)
	}))
	defer server.Close()
	client := online.NewClient(online.ClientOptions{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	defer client.Close()
	p := New(Options{URL: server.URL + "/", Partner: "tellowskey", Key: "secret", Country: "DE", Client: client})
	list, err := p.Load(context.Background(), 0, nil)
	sum := md5.Sum([]byte("secret"))
	if err != nil || len(list.Entries) != 3 || got.Get("apikeyMd5") != hex.EncodeToString(sum[:]) || got.Get("country") != "de" || got.Get("partner") != "tellowskey" {
		t.Errorf("%d numbers, %v, asked %v", len(list.Entries), err, got)
	}
	if strings.Contains(got.Encode(), "secret") || strings.Contains(fmt.Sprintf("%+v %#v", p, p), "secret") {
		t.Error("the key is told")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(documented)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := read(strings.NewReader(text))
		if err == nil && len(list.Names) > maxTypes {
			t.Errorf("%d kinds", len(list.Names))
		}
	})
}
