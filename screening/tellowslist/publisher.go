package tellowslist

import (
	"context"
	"crypto/md5" //nolint:gosec // what the interface wants; it protects nothing
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/quota"
)

// Lists is how often the list is loaded at most.
var Lists = quota.Limit{Name: "lists", Count: 4, Span: 24 * time.Hour}

// What is asked for: the scores that tellows itself calls dangerous, by a few people at
// least.
const (
	minScore   = "7"
	minRatings = "3"
	maxNumbers = "200000"

	maxList  = 128 << 20 // bytes
	listTime = 10 * time.Minute
)

// Doer sends requests, as an [online.Client] does.
type Doer interface {
	Do(ctx context.Context, r online.Request) (*online.Response, error)
}

// Options are the account of a user at tellows.
type Options struct {
	URL     string // "https://www.tellows.de"
	Partner string // "" with a key that needs none
	Key     string
	Country string // ISO 3166-1 alpha-2, of the numbers
	Client  Doer
}

// Publisher loads the list: it is the [mirror.Publisher] of it.
type Publisher struct{ o Options }

// New returns the publisher of an account.
func New(o Options) *Publisher { return &Publisher{o} }

// Format prints no key, whatever the verb.
func (p *Publisher) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "tellowslist.Publisher") }

// Load loads the whole list.
func (p *Publisher) Load(ctx context.Context, _ int64, _ []string) (list mirror.List, err error) {
	sum := md5.Sum([]byte(p.o.Key)) //nolint:gosec // see the import
	token := hex.EncodeToString(sum[:])
	country := strings.ToLower(p.o.Country)
	query := url.Values{
		"apikeyMd5": {token}, "json": {"1"}, "country": {country}, "lang": {country},
		"minscore": {minScore}, "mincomments": {minRatings}, "limit": {maxNumbers},
		"numberformatinternational": {"1"}, "showcallertypeid": {"1"},
	}
	if p.o.Partner != "" {
		query.Set("partner", p.o.Partner)
	}
	_, err = p.o.Client.Do(ctx, online.Request{
		URL:     strings.TrimRight(p.o.URL, "/") + "/stats/partnerscoredata?" + query.Encode(),
		Header:  http.Header{"X-Auth-Token": {token}},
		MaxBody: maxList, Timeout: listTime,
		Read: func(body io.Reader) (err error) {
			list, err = read(body)
			return err
		},
	})
	return list, err
}
