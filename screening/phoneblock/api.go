package phoneblock

import (
	"context"
	"crypto/sha1" //nolint:gosec // the interface wants it
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/quota"
)

// URL is the address of the interface.
const URL = "https://phoneblock.net/phoneblock/api"

// Day is how long most limits count.
const Day = 24 * time.Hour

// How often a token may ask.
var (
	WholeLists = quota.Limit{Name: "whole_lists", Count: 14, Span: 7 * Day}
	Changes    = quota.Limit{Name: "changes", Count: 4, Span: Day}
	Questions  = quota.Limit{Name: "questions", Count: 200, Span: Day}
	Reports    = quota.Limit{Name: "reports", Count: 20, Span: Day}
)

const (
	maxList  = 256 << 20 // bytes: two million numbers
	listTime = 10 * time.Minute
)

// errUnreadable says nothing of what was read: it may be numbers.
var errUnreadable = errors.New("the answer is none of PhoneBlock")

// Doer sends requests, as an [online.Client] does.
type Doer interface {
	Do(ctx context.Context, r online.Request) (*online.Response, error)
}

// API is PhoneBlock for one user.
type API struct {
	client Doer
	url    string
	token  string
	now    func() time.Time
}

// New returns the interface at an address, "" = [URL], for a token.
func New(client Doer, address, token string) *API {
	if address == "" {
		address = URL
	}
	return &API{client, strings.TrimRight(address, "/"), token, time.Now}
}

// Format prints no token, whatever the verb.
func (a *API) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "phoneblock.API") }

// request returns a request with the token.
func (a *API) request(path string) online.Request {
	return online.Request{URL: a.url + path, Header: http.Header{
		"Authorization": {"Bearer " + a.token}, "Accept": {"application/json"},
	}}
}

// Load loads the list or its changes: it is the [mirror.Publisher] of the list.
func (a *API) Load(ctx context.Context, since int64, _ []string) (list mirror.List, err error) {
	r := a.request("/blocklist?format=json&since=" + strconv.FormatInt(since, 10))
	r.MaxBody, r.Timeout = maxList, listTime
	r.Read = func(body io.Reader) (err error) {
		list, err = readList(body, a.now())
		return err
	}
	_, err = a.client.Do(ctx, r)
	return list, err
}

// Prefix returns what is sent to ask about a number: the first 4 hexadecimal digits of its
// SHA-1, and nothing else of it.
func Prefix(e164 string) string {
	sum := sha1.Sum([]byte(e164)) //nolint:gosec // the interface wants it
	return strings.ToUpper(hex.EncodeToString(sum[:2]))
}

// Info is what PhoneBlock knows about a number.
type Info struct {
	Votes       int      `json:"votes"`
	Rating      Rating   `json:"rating"`
	WhiteListed bool     `json:"whiteListed"` // by the user of the token
	BlackListed bool     `json:"blackListed"` // by the user of the token
	LastUpdate  int64    `json:"lastUpdate"`  // Unix milliseconds; 0 = not known
	Confidence  *float64 `json:"spamConfidence"`
}

// Last returns when the number was reported last; zero = not known.
func (i Info) Last() time.Time {
	if i.LastUpdate <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(i.LastUpdate).UTC()
}

// Check asks about a number by the prefix of its hash and looks for it in the answer. It
// reports false where PhoneBlock does not know the number.
func (a *API) Check(ctx context.Context, n call.Number) (Info, bool, error) {
	response, err := a.client.Do(ctx, a.request("/check-prefix?sha1="+Prefix(n.E164)))
	if err != nil {
		return Info{}, false, err
	}
	var answer struct {
		Numbers *[]struct {
			Phone string `json:"phone"`
			Info
		} `json:"numbers"`
	}
	if json.Unmarshal(response.Body, &answer) != nil || answer.Numbers == nil {
		return Info{}, false, errUnreadable
	}
	for _, candidate := range *answer.Numbers {
		if international(candidate.Phone) == n.E164 {
			return candidate.Info, true, nil
		}
	}
	return Info{}, false, nil
}

// ReportCall tells that a listed number has called, which keeps it on the list.
func (a *API) ReportCall(ctx context.Context, n call.Number) error {
	r := a.request("/report-call/00" + strings.TrimPrefix(n.E164, "+"))
	r.Method = http.MethodPost
	_, err := a.client.Do(ctx, r)
	return err
}

// international returns a number with a plus, where it has 00.
func international(number string) string {
	if rest, found := strings.CutPrefix(number, "00"); found {
		return "+" + rest
	}
	return number
}
