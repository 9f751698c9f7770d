package screening_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// source is a source outside the house, as the contract wants to know it.
type source struct {
	// open makes it; an address that is not "" takes the place of its own.
	open    func(t *testing.T, client *online.Client, address string, l call.Language) (screening.Source, error)
	host    string // where it asks
	number  string // on a line in Berlin
	known   string // an answer that says something of the number
	unknown string // one that does not; "" = the status 404
}

const key = "geheimes-token"

// sources are all sources. Every one of them keeps the same contract.
func sources(t *testing.T) map[string]source {
	t.Helper()
	all := map[string]source{
		"phoneblock": {
			open: func(t *testing.T, client *online.Client, address string, l call.Language) (screening.Source, error) {
				return screening.NewPhoneBlock(screening.PhoneBlockOptions{
					Language: l, URL: address, Token: key, Client: client, Data: t.TempDir(), Log: slog.New(slog.DiscardHandler),
				}), nil
			},
			host: "phoneblock.net", number: "03023125123",
			known:   `{"numbers":[{"phone":"+493023125123","rating":"E_ADVERTISING","votes":46}]}`,
			unknown: `{"numbers":[{"phone":"+493023125999","votes":46}]}`,
		},
		"tellows": {
			open: func(_ *testing.T, client *online.Client, address string, l call.Language) (screening.Source, error) {
				if address == "" {
					address = "https://www.tellows.de"
				}
				return screening.NewTellows(screening.TellowsOptions{URL: address, Partner: "partner", Key: key, Client: client, Language: l}), nil
			},
			host: "www.tellows.de", number: "03023125123",
			known:   `{"tellows":{"number":"03023125123","score":"8","comments":"29"}}`,
			unknown: `{"tellows":{"number":"03023125123","score":"5","comments":"0"}}`,
		},
		"searchch": {
			open: func(_ *testing.T, client *online.Client, address string, l call.Language) (screening.Source, error) {
				return screening.NewSearchCH(screening.SearchCHOptions{URL: address, Key: key, Client: client, Language: l}), nil
			},
			host: "search.ch", number: "0041442345678",
			known:   `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Beispiel</title><content>Beispiel 8000 Zürich 044 234 56 78</content></entry></feed>`,
			unknown: `<feed xmlns="http://www.w3.org/2005/Atom"></feed>`,
		},
		"own_page": {
			open: func(_ *testing.T, client *online.Client, address string, l call.Language) (screening.Source, error) {
				if address == "" {
					address = "https://example.com"
				}
				return screening.NewWebSource(site.Options{
					Name: "own_page", URL: address + "/{digits}?key=" + key, Score: "json:$.score", Ratings: "json:$.ratings",
				}, client, l)
			},
			host: "example.com", number: "03023125123",
			known: `{"score":8,"ratings":29}`,
		},
	}
	for _, p := range site.Presets() {
		page, err := os.ReadFile(filepath.Join("site", "testdata", p.Name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		host, _, _ := strings.Cut(strings.TrimPrefix(p.URL, "https://"), "/")
		all[p.Name] = source{
			open: func(_ *testing.T, client *online.Client, address string, l call.Language) (screening.Source, error) {
				if address != "" {
					address += "/{national}"
				}
				return screening.NewPreset(p, address, client, l)
			},
			host: host, number: "03023125123", known: string(page),
		}
	}
	return all
}

// each runs a test for every source.
func each(t *testing.T, test func(t *testing.T, name string, s source)) {
	t.Parallel()
	for name, s := range sources(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name, s)
		})
	}
}

// at opens the source where somebody answers.
func (s source) at(t *testing.T, l call.Language, answer http.HandlerFunc) screening.Source {
	t.Helper()
	roots, dial := testkit.HTTPS(t, answer, s.host)
	client := online.NewClient(online.ClientOptions{RootCAs: roots, Dial: dial})
	t.Cleanup(client.Close)
	opened, err := s.open(t, client, "", l)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func answers(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

// word is what names and reasons are made of: they stand in automations and metrics.
var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func checkFinding(t *testing.T, name string, f screening.Finding) {
	t.Helper()
	if f.Source != name || !word.MatchString(f.Reason) {
		t.Errorf("source %q, reason %q", f.Source, f.Reason)
	}
	if f.Weight < -100 || f.Weight > 100 {
		t.Errorf("the weight is %d", f.Weight)
	}
	for _, text := range []string{f.Detail, f.Name} {
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > 255 || strings.ContainsAny(text, "\n\r\x00") {
			t.Errorf("the text is %q", text)
		}
	}
	if f.Detail == "" {
		t.Error("there is no text")
	}
}

// TestSourceSays what it knows, in the language of the house, and nothing where it knows
// nothing.
func TestSourceSays(t *testing.T) {
	each(t, func(t *testing.T, name string, s source) {
		var texts [2]string
		for l := range call.German + 1 {
			opened := s.at(t, l, answers(s.known))
			if opened.Name() != name || !word.MatchString(name) {
				t.Errorf("the name is %q", opened.Name())
			}
			findings, err := opened.Evidence(t.Context(), plan(t).Number(s.number))
			if err != nil || len(findings) == 0 || len(findings) > 8 {
				t.Fatalf("%+v, %v", findings, err)
			}
			for _, f := range findings {
				checkFinding(t, name, f)
				texts[l] += f.Detail
			}
		}
		if texts[0] == texts[1] {
			t.Errorf("both languages say %q", texts[0])
		}
		findings, err := s.at(t, call.English, func(w http.ResponseWriter, r *http.Request) {
			if s.unknown == "" {
				http.NotFound(w, r)
				return
			}
			_, _ = w.Write([]byte(s.unknown))
		}).Evidence(t.Context(), plan(t).Number(s.number))
		if err != nil || len(findings) != 0 {
			t.Errorf("a number it does not know: %+v, %v", findings, err)
		}
	})
}

// TestSourceFails when its server does, in whatever way, and the phone rings. The error
// tells neither number nor key.
func TestSourceFails(t *testing.T) {
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.String(), status) }
	}
	to := func(address string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, address+r.URL.RequestURI(), http.StatusMovedPermanently)
		}
	}
	each(t, func(t *testing.T, name string, s source) {
		for fault, answer := range map[string]http.HandlerFunc{
			"broken":              status(http.StatusInternalServerError),
			"denied":              status(http.StatusForbidden),
			"too often":           status(http.StatusTooManyRequests),
			"nothing":             answers(""),
			"garbage":             answers("\xff\xfe\x00<\xc3(" + strings.Repeat("<b>{[", 200)),
			"deep":                answers(strings.Repeat("<div>", 5000) + strings.Repeat("[", 5000)),
			"huge":                answers(s.known + strings.Repeat(" ", online.MaxBody)),
			"cut":                 func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<")); panic(http.ErrAbortHandler) },
			"to itself":           to(""),
			"to plain http":       to("http://" + s.host),
			"to somebody else":    to("https://elsewhere.example"),
			"something different": answers(`{"message":"maintenance"}`),
		} {
			t.Run(fault, func(t *testing.T) {
				n := plan(t).Number(s.number)
				opened := s.at(t, call.English, answer)
				findings, err := opened.Evidence(t.Context(), n)
				if err == nil || len(findings) != 0 {
					t.Fatalf("%+v, %v", findings, err)
				}
				text := err.Error() + online.Explain(err)[call.English] + online.Explain(err)[call.German]
				if strings.Contains(text, key) || strings.Contains(text, n.E164[4:]) {
					t.Errorf("the error tells too much: %s", text)
				}
				s := screening.New(screening.Options{Sources: []screening.Source{opened}})
				r := s.Screen(t.Context(), query(t, n.Raw))
				if e := evidence(r.Verdict, name); r.Verdict.Judgement != call.JudgementUnknown || e.Reason != screening.CodeNoAnswer || e.Weight != 0 || e.Detail == "" {
					t.Errorf("%+v", r.Verdict)
				}
			})
		}
	})
}

// TestSourceEndsWithItsContext, though the server never answers.
func TestSourceEndsWithItsContext(t *testing.T) {
	each(t, func(t *testing.T, _ string, s source) {
		asked := make(chan struct{}, 8)
		opened := s.at(t, call.English, func(_ http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(t.Context())
		failures := make(chan error, 1)
		go func() {
			_, err := opened.Evidence(ctx, plan(t).Number(s.number))
			failures <- err
		}()
		<-asked
		cancel()
		if err := <-failures; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if findings, err := opened.Evidence(ctx, plan(t).Number(s.number)); err == nil || len(findings) != 0 {
			t.Errorf("asked after the end: %+v, %v", findings, err)
		}
	})
}

// strange are numbers that are none, or that nobody outside is to be asked about.
var strange = []string{
	"", "anonymous", "**610", "*121#", "**1", "110", "112", "115", "11833", "116117", "0", "00", "+", "+49", "0049", "1",
	"0207512345", "030", "00999123456", "\xff\x00", "(", "()", "ä", strings.Repeat("0", 300), strings.Repeat("9", 300), "+" + strings.Repeat("1", 40),
	"0190123456789", "' OR 1=1 --", "../../etc", "{national}", "%00", "https://example.com",
}

// TestSourceIsNotAskedAboutTheHouse: what was withheld, means something in the house only,
// or cannot exist, leaves it by no source.
func TestSourceIsNotAskedAboutTheHouse(t *testing.T) {
	each(t, func(t *testing.T, name string, s source) {
		var requests atomic.Int32
		opened := s.at(t, call.English, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
		screener := screening.New(screening.Options{Sources: []screening.Source{opened}})
		for _, raw := range strange {
			q := query(t, raw)
			n := q.Party.Number
			if online.Askable(n) {
				t.Errorf("%q may be asked about: it does not belong here", raw)
				continue
			}
			if findings, err := opened.Evidence(t.Context(), n); err != nil || len(findings) != 0 {
				t.Errorf("%q: %+v, %v", raw, findings, err)
			}
			screener.Screen(t.Context(), q)
		}
		for _, own := range []string{"23125732", "03023125732", "+493023125732"} {
			screener.Screen(t.Context(), query(t, own))
		}
		if requests.Load() != 0 {
			t.Errorf("%s was sent %d requests", name, requests.Load())
		}
	})
}

// TestSourceOfAnyNumber neither panics nor says something that has no bounds, whatever
// number it is asked about, in whatever spelling.
func TestSourceOfAnyNumber(t *testing.T) {
	each(t, func(t *testing.T, name string, s source) {
		opened := s.at(t, call.German, answers(s.known))
		for _, raw := range append(slices.Clone(strange), "03023125123", "01713920012", "08002345678", "0900323456", "004420 7946 0123", "0013125550123", "03023125123(015228817386)", "015228817386") {
			p := plan(t).Caller(raw)
			for _, n := range []call.Number{p.Number, p.Network, plan(t).Dialled(raw), {E164: raw, Kind: call.Foreign}, {E164: "+" + raw, Raw: raw, Kind: call.Fixed, Country: "CH"}} {
				findings, _ := opened.Evidence(t.Context(), n)
				for _, f := range findings {
					checkFinding(t, name, f)
				}
			}
		}
	})
}

// TestSourceIsAskedByHTTPSAlone.
func TestSourceIsAskedByHTTPSAlone(t *testing.T) {
	each(t, func(t *testing.T, _ string, s source) {
		var requests atomic.Int32
		_, dial := testkit.HTTPS(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) }, s.host)
		client := online.NewClient(online.ClientOptions{Dial: dial})
		defer client.Close()
		opened, err := s.open(t, client, "http://"+s.host, call.English)
		if err == nil {
			_, err = opened.Evidence(t.Context(), plan(t).Number(s.number))
		}
		if err == nil || requests.Load() != 0 {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
		opened, err = s.open(t, client, "", call.English) // the certificate is not trusted
		if err == nil {
			_, err = opened.Evidence(t.Context(), plan(t).Number(s.number))
		}
		if err == nil || requests.Load() != 0 {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
	})
}

// TestEverySourceIsUnderContract: whoever has the method Evidence stands in sources.
func TestEverySourceIsUnderContract(t *testing.T) {
	t.Parallel()
	client := online.NewClient(online.ClientOptions{})
	defer client.Close()
	under := make(map[string]bool)
	for _, s := range sources(t) {
		opened, err := s.open(t, client, "", call.English)
		if err != nil {
			t.Fatal(err)
		}
		under[strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", opened), "*"), "screening.")] = true
	}
	for _, name := range testkit.Receivers(t, ".", "Evidence") {
		if !under[name] {
			t.Errorf("%s is a source without a contract", name)
		}
	}
}
