package sip

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// minSession is the shortest session timer (RFC 4028 4).
const minSession = 90 * time.Second

// sessionTimer is after which time without a refresh a call is over (RFC 4028); the box, which
// asks for it, is the one that refreshes.
type sessionTimer struct {
	interval  time.Duration // 0 = the call goes on without
	refresher string
	required  bool // the box knows the extension
}

// readSessionTimer reads what a request asks for; ok is false if the time is too short.
func readSessionTimer(req *sip.Request) (t sessionTimer, ok bool) {
	h := req.GetHeader("Session-Expires")
	if h == nil {
		if h = req.GetHeader("x"); h == nil {
			return t, true
		}
	}
	seconds, params, _ := strings.Cut(h.Value(), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(seconds), 10, 31)
	if err != nil {
		return t, true
	}
	t = sessionTimer{interval: time.Duration(n) * time.Second, refresher: "uac", required: supports(req, "timer")}
	for param := range strings.SplitSeq(params, ";") {
		if strings.EqualFold(strings.ReplaceAll(param, " ", ""), "refresher=uas") {
			t.refresher = "uas"
		}
	}
	return t, t.interval >= minSession || !t.required
}

// headers repeat the timer in a response with which it counts.
func (t sessionTimer) headers() (headers []sip.Header) {
	if t.interval == 0 {
		return nil
	}
	headers = append(headers, sip.NewHeader("Session-Expires", strconv.Itoa(int(t.interval/time.Second))+";refresher="+t.refresher))
	if t.required {
		headers = append(headers, sip.NewHeader("Require", "timer"))
	}
	return headers
}

// deadline is how long to wait for a refresh before we end the call, a little before the box
// would do it (RFC 4028 10); 0 = for ever.
func (t sessionTimer) deadline() time.Duration {
	return t.interval - min(32*time.Second, t.interval/3)
}

// minSE tells the shortest session timer.
func minSE() sip.Header {
	return sip.NewHeader("Min-SE", strconv.Itoa(int(minSession/time.Second)))
}
