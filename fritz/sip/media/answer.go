package media

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/pion/sdp/v3"
)

// own is what stands in our SDP whatever the box says.
type own struct {
	session uint64
	version uint64
	at      netip.AddrPort
}

// offer describes our side where the box has not described its own.
func (o own) offer() []byte {
	m := o.line([]*codec{pcma, pcmu}, []uint8{pcma.payload, pcmu.payload}, keyEvent, both)
	return o.describe([]*sdp.MediaDescription{m})
}

// answer describes our side to a box that has described its own: a line for each of its lines,
// refused with port 0 where it is not the voice.
func (o own) answer(d description) []byte {
	lines := make([]*sdp.MediaDescription, len(d.lines))
	for i, name := range d.lines {
		name.Port = sdp.RangedPort{}
		lines[i] = &sdp.MediaDescription{MediaName: name}
	}
	if d.voice >= 0 {
		m := o.line([]*codec{d.codec}, []uint8{d.payload}, d.events, d.direction.answer())
		m.MediaName.Protos = d.lines[d.voice].Protos
		lines[d.voice] = m
	}
	return o.describe(lines)
}

// line describes the voice.
func (o own) line(codecs []*codec, payloads []uint8, events uint8, way direction) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(o.at.Port())}, Protos: []string{"RTP", "AVP"},
	}}
	add := func(payload uint8, name string) {
		format := strconv.Itoa(int(payload))
		m.MediaName.Formats = append(m.MediaName.Formats, format)
		m.WithValueAttribute("rtpmap", format+" "+name+"/8000")
	}
	for i, c := range codecs {
		add(payloads[i], c.name)
	}
	if events != 0 {
		add(events, "telephone-event")
		m.WithValueAttribute("fmtp", fmt.Sprintf("%d 0-15", events))
	}
	return m.WithValueAttribute("ptime", "20").WithPropertyAttribute(string(way))
}

func (o own) describe(lines []*sdp.MediaDescription) []byte {
	family, address := "IP4", o.at.Addr()
	if address.Is6() {
		family = "IP6"
	}
	s := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: o.session, SessionVersion: o.version,
			NetworkType: "IN", AddressType: family, UnicastAddress: address.String(),
		},
		SessionName:           "-",
		ConnectionInformation: &sdp.ConnectionInformation{NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: address.String()}},
		TimeDescriptions:      []sdp.TimeDescription{{}},
		MediaDescriptions:     lines,
	}
	b, err := s.Marshal()
	if err != nil {
		panic(err) // it writes to memory
	}
	return b
}
