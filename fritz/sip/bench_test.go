package sip_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

// BenchmarkHangup turns callers away by a decision that takes no time: from the INVITE to the 200,
// and to the answer of the box to our BYE, as the box sees it. It fails above 5 ms and 30 ms.
func BenchmarkHangup(b *testing.B) {
	for _, network := range []string{"udp", "tcp"} {
		b.Run(network, func(b *testing.B) {
			box := siptest.New(b, network)
			a := answerWith(sip.Answer{Method: sip.Hangup})
			a.answer.Taken = nil
			start(b, box, sip.Options{Handler: a.handle, Transport: network})
			box.Registered()
			var answered, confirmed []time.Duration
			for b.Loop() {
				call := box.NewCall(siptest.Caller{})
				began := time.Now()
				call.Resend()
				call.Expect("200 INVITE")
				answered = append(answered, time.Since(began))
				call.Ack()
				call.Hangup()
				if r := a.result(b); r.Bye != 200 {
					b.Fatalf("result %+v", r)
				}
				confirmed = append(confirmed, time.Since(began))
			}
			report := func(name string, d []time.Duration, bar time.Duration) {
				slices.Sort(d)
				p50, p99 := d[len(d)/2], d[len(d)*99/100]
				b.ReportMetric(float64(p50.Microseconds())/1000, name+"-p50-ms")
				b.ReportMetric(float64(p99.Microseconds())/1000, name+"-p99-ms")
				if limit := time.Duration(float64(bar) * testkit.Slack(b)); len(d) >= 200 && p99 > limit {
					b.Errorf("%s takes %v in 1 of 100 calls, more than %v", name, p99, limit)
				}
			}
			report("invite-200", answered, 5*time.Millisecond)
			report("invite-bye", confirmed, 30*time.Millisecond)
		})
	}
}
