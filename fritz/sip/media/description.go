package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Bounds of what a box may describe.
const (
	maxDescription = 8 << 10 // bytes
	maxLines       = 8       // m-lines
)

// direction is who sends voice, seen from who writes it.
type direction string

const (
	both     direction = "sendrecv"
	sends    direction = "sendonly"
	receives direction = "recvonly"
	neither  direction = "inactive"
)

// answer is the direction that fits to one that was offered.
func (d direction) answer() direction {
	switch d {
	case sends:
		return receives
	case receives:
		return sends
	}
	return d
}

// description is what the SDP of the box says.
type description struct {
	lines []sdp.MediaName // all m-lines, since an answer has as many
	// voice is the line of these that is taken; -1 = none is of G.711.
	voice int
	codec *codec
	// payload is the payload type of the voice, events that of telephone events; 0 = none.
	payload, events uint8
	// to is where the box wants the voice; invalid if it wants none.
	to        netip.AddrPort
	direction direction
}

// errNoSDP says that a body is no description.
var errNoSDP = errors.New("not a session description")

// parse reads the SDP of the box. Where a description names no address that can be sent to,
// the one of the box is taken.
func parse(body []byte, box netip.Addr) (description, error) {
	d := description{voice: -1}
	if len(body) == 0 || len(body) > maxDescription {
		return d, fmt.Errorf("read SDP of %d bytes: %w", len(body), errNoSDP)
	}
	text, lines := otherMedia(string(body))
	var s sdp.SessionDescription
	if err := s.UnmarshalString(text); err != nil {
		// The error of the library repeats the line, which may hold anything.
		return d, fmt.Errorf("read SDP: %w", errNoSDP)
	}
	if len(lines) == 0 || len(lines) > maxLines || len(lines) != len(s.MediaDescriptions) {
		return d, fmt.Errorf("read SDP with %d media: %w", len(s.MediaDescriptions), errNoSDP)
	}
	d.lines = lines
	for i, m := range s.MediaDescriptions {
		if lines[i].Media == "" {
			lines[i] = m.MediaName
		}
		if d.voice < 0 && d.take(m) {
			d.voice = i
			d.address(&s, m, box)
		}
	}
	return d, nil
}

// otherMedia replaces the lines of other media than audio by lines of audio that are refused,
// and returns them: the library refuses a whole description with an unknown medium, such as fax.
func otherMedia(body string) (text string, lines []sdp.MediaName) {
	all := strings.FieldsFunc(body, func(r rune) bool { return r == '\r' || r == '\n' })
	for i, line := range all {
		value, ok := strings.CutPrefix(line, "m=")
		if !ok {
			continue
		}
		var name sdp.MediaName
		if fields := strings.Fields(value); len(fields) >= 4 && fields[0] != "audio" {
			name = sdp.MediaName{Media: fields[0], Protos: fields[2:3], Formats: fields[3:]}
			all[i] = "m=audio 0 RTP/AVP 0"
		}
		lines = append(lines, name)
	}
	return strings.Join(all, "\r\n") + "\r\n", lines
}

// take reads the formats of a line, and reports whether it is voice of G.711.
func (d *description) take(m *sdp.MediaDescription) bool {
	name := m.MediaName
	port := name.Port.Value
	if name.Media != "audio" || port <= 0 || port > 65535 || !slices.Contains([]string{"RTP/AVP", "RTP/AVPF"}, strings.Join(name.Protos, "/")) {
		return false
	}
	d.codec, d.events = nil, 0
	for _, format := range name.Formats {
		payload, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		switch formatName(m, format) {
		case "PCMA/8000":
			d.first(pcma, uint8(payload))
		case "PCMU/8000":
			d.first(pcmu, uint8(payload))
		case "TELEPHONE-EVENT/8000":
			d.events = uint8(payload)
		}
	}
	return d.codec != nil
}

// first takes the form of G.711 that the box likes best: it names that first.
func (d *description) first(c *codec, payload uint8) {
	if d.codec == nil {
		d.codec, d.payload = c, payload
	}
}

// formatName is the encoding and the rate of a format, in upper case: by its rtpmap, else by
// RFC 3551.
func formatName(m *sdp.MediaDescription, format string) string {
	for _, a := range m.Attributes {
		if name, ok := strings.CutPrefix(a.Value, format+" "); ok && a.Key == "rtpmap" {
			return strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(name)), "/1")
		}
	}
	switch format {
	case "8":
		return "PCMA/8000"
	case "0":
		return "PCMU/8000"
	}
	return ""
}

// address reads where the voice goes, and in which direction it flows.
func (d *description) address(s *sdp.SessionDescription, m *sdp.MediaDescription, box netip.Addr) {
	d.direction = both
	if way, ok := directionOf(s.Attribute); ok {
		d.direction = way
	}
	if way, ok := directionOf(m.Attribute); ok {
		d.direction = way
	}
	c := m.ConnectionInformation
	if c == nil {
		c = s.ConnectionInformation
	}
	to := box
	if c != nil && c.Address != nil {
		if a, err := netip.ParseAddr(c.Address.Address); err == nil {
			to = a.Unmap().WithZone("")
		}
	}
	if to.IsUnspecified() { // on hold, as it was written before RFC 3264
		if d.direction == both {
			d.direction = sends
		} else if d.direction == receives {
			d.direction = neither
		}
		to = box
	}
	d.to = netip.AddrPortFrom(to, uint16(m.MediaName.Port.Value))
}

// directionOf is the direction among the attributes of a line, or of the whole description.
func directionOf(attribute func(string) (string, bool)) (direction, bool) {
	for _, way := range []direction{both, sends, receives, neither} {
		if _, ok := attribute(string(way)); ok {
			return way, true
		}
	}
	return "", false
}

// wants reports whether the box wants to hear us.
func (d *description) wants() bool {
	return d.voice >= 0 && (d.direction == both || d.direction == receives)
}
