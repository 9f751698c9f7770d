package gateway

import (
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/announcing"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/ipphone"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/mqtt/document"
)

// softphone is our own phone at a box.
type softphone struct {
	*box
	phone     *ipphone.Phone
	announcer *announcing.Announcer
}

// newSoftphone makes the phone of a box; nil if there is none.
func newSoftphone(b *box) *softphone {
	if !b.config.SIP.Enabled {
		return nil
	}
	s := &softphone{box: b, announcer: b.newAnnouncer()}
	s.phone = ipphone.NewPhone(ipphone.PhoneOptions{
		Data: b.Gateway.config.Data, Box: b.config, Complete: s.complete,
		Changed:   func(sip.Status) { b.publishHealth() },
		Extension: func(e call.Extension) { b.line.Do(func() { b.line.SetSoftphone(e) }) },
		Now:       b.now, Log: b.log,
	})
	return s
}

// complete adds what the configuration of the phone does not know.
func (s *softphone) complete(o *sip.Options) {
	o.Handler, o.Voice, o.Fingerprint = s.line.Answer, s.voicePorts(), s.fingerprint()
	o.Timing, o.Log, o.Metrics = s.options.Timing.SIP, s.options.Log, sip.NewMetrics(s.registry)
}

// fingerprint is that of the certificate that is trusted: the configured one, else the one that
// TR-064 has pinned; "" = none yet.
func (s *softphone) fingerprint() string {
	if s.config.Fingerprint == "" && s.poller.Client != nil {
		return s.poller.Client.Fingerprint()
	}
	return s.config.Fingerprint
}

// answering is how the line answers calls at our phone; nil if there is none.
func (s *softphone) answering() *line.Softphone {
	if s == nil {
		return nil
	}
	return &line.Softphone{
		Method: s.method, Acts: func() bool { return s.settings.Of(s.id).AutoReject }, Hold: time.Duration(s.config.SIP.Hold),
		Talk: s.talk, Limit: s.announcer.Limit(), Ring: s.announcer.Ring,
	}
}

// methods are those of the configuration. machine leaves the call to the answering machine of
// the box.
var methods = map[config.RejectMethod]sip.Method{
	config.RejectHangup: sip.Hangup, config.RejectBusy: sip.Busy, config.RejectDecline: sip.Decline,
	config.RejectUnknown: sip.Unknown, config.RejectAnnounce: sip.Announce, config.RejectMachine: sip.Leave,
}

// method is that of the settings.
func (s *softphone) method() sip.Method {
	var m config.RejectMethod
	if err := m.UnmarshalText([]byte(s.settings.Of(s.id).Method)); err != nil {
		m = s.config.SIP.Method
	}
	return methods[m]
}

// health is how our phone is doing.
func (s *softphone) health() document.Part {
	if s == nil {
		return document.Part{State: sip.Off.String()}
	}
	status, l := s.phone.Status(), s.docs.Language
	part := document.Part{State: status.State.String(), Reason: status.Reason, Hint: ipphone.Hint(status, l)}
	if status.State != sip.Off {
		part.Since = status.Since.Truncate(time.Second)
	}
	if part.Reason == "" && s.recordings.Full() {
		part.Reason, part.Hint = recordingsFull, recordingsFullHint.In(l)
	}
	return part
}
