package discovery

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// DefaultPrefix is where Home Assistant looks for documents unless told otherwise.
const DefaultPrefix = "homeassistant"

// maxName bounds what users call their devices, in characters.
const maxName = 80

// Options describe one FRITZ!Box and what callporter can do with it.
type Options struct {
	Prefix string       // Home Assistant's discovery prefix; "" = DefaultPrefix
	Topics topic.Topics // where the states are
	Box    string       // the box's id, [a-z0-9_]+

	Name     string // of the device; "" = "FRITZ!Box"
	Model    string // "FRITZ!Box 7590"; "" = unknown
	Firmware string // "8.20"; "" = unknown
	Host     string // name or address the box's own pages are at; "" = no link
	Maker    string // "" = "FRITZ!"

	// Lines are the own numbers. With more than one each gets a device of its own.
	Lines    []Line
	Language call.Language // of names; ids and values are English always
	Version  string        // callporter's
	// TR064 tells whether callporter has access to the box, and with that to
	// phonebooks, voice messages and switches.
	TR064 bool
	// Deflections and AnsweringMachines get a switch each.
	Deflections, AnsweringMachines []Switch
	// Pictures tells whether callporter shows who rings.
	Pictures bool
	// Screening tells whether callporter judges callers.
	Screening bool
	// Softphone tells whether callporter has a phone at the box, which can turn callers away.
	Softphone bool
	// Accepts reports whether callporter can carry out a command, by its name. What sends
	// another one is removed from Home Assistant. nil = it takes no commands.
	Accepts func(command string) bool
	// Announced is what Home Assistant was told of before: what is not described any more is
	// removed there.
	Announced Announced
}

// Announced are the platforms of the components that Home Assistant was told of, by the topic
// of their document and their key in it.
type Announced map[string]map[string]string

// WithoutSwitches returns a without the switches of a kind, such as "deflection".
func (a Announced) WithoutSwitches(kind string) Announced {
	left := maps.Clone(a)
	for topic, components := range left {
		left[topic] = maps.Clone(components)
		maps.DeleteFunc(left[topic], func(key, _ string) bool { return strings.HasPrefix(key, kind+"_") })
	}
	return left
}

// Line is one own number.
type Line struct {
	MSN     string // E.164 digits without plus, as in the topic
	Display string // for people: "030 23125732"; "" = the MSN
	Name    string // the user's label; "" = Display
}

// Document is one message to Home Assistant, to be published retained with QoS 1.
type Document struct {
	Topic   string
	Payload []byte // empty removes the device
	// Components are the platforms of what it describes, by key.
	Components map[string]string
}

// hostname is a name or address with or without port, IPv6 in brackets.
var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$`)

// Documents returns the documents of a box, the box itself first and then its own
// numbers, which refer to it. The error names an id or prefix that cannot stand in
// a topic.
func Documents(o Options) ([]Document, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("describe box %q: %w", o.Box, err)
	}
	ids, documents := []string{o.boxID()}, []deviceDocument{o.boxDevice()}
	if len(o.Lines) > 1 {
		for _, l := range o.Lines {
			ids, documents = append(ids, o.lineID(l)), append(documents, o.lineDevice(l))
		}
	}
	docs := make([]Document, len(ids))
	for i := range ids {
		payload, err := documents[i].encode()
		if err != nil {
			return nil, fmt.Errorf("describe box %q: %w", o.Box, err)
		}
		docs[i] = Document{Topic: deviceTopic(o.prefix(), ids[i]), Payload: payload, Components: documents[i].described()}
	}
	return docs, nil
}

func (o Options) check() error {
	if !topic.ValidBox(o.Box) {
		return errors.New("the id is not of a-z, 0-9 and _")
	}
	if p := o.prefix(); !utf8.ValidString(p) || strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") ||
		strings.ContainsAny(p, "+#") || strings.ContainsFunc(p, unicode.IsControl) {
		return fmt.Errorf("prefix %q cannot begin a topic", p)
	}
	if _, err := topic.New(o.Topics.Base); err != nil {
		return err
	}
	for _, l := range o.Lines {
		if o.Topics.Box(o.Box).Line(l.MSN) == "" {
			return errors.New("an own number is not of 1 to 32 digits")
		}
	}
	return nil
}

func (o Options) prefix() string {
	return cmp.Or(o.Prefix, DefaultPrefix)
}

// boxID is the discovery id of the box, its identifier and the beginning of its
// unique ids.
func (o Options) boxID() string { return idPrefix + o.Box }

// lineID is the same for an own number.
func (o Options) lineID(l Line) string { return idPrefix + o.Box + "_" + l.MSN }

// pageURL is the address of the box's own pages, "" if Host cannot be part of one:
// Home Assistant refuses the whole document for an address it cannot read.
func (o Options) pageURL() string {
	host := o.Host
	if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	if len(host) > 255 || !hostname.MatchString(host) {
		return ""
	}
	if u, err := url.Parse("http://" + host); err != nil || u.Hostname() == "" {
		return ""
	}
	return "http://" + host
}

// label makes a text fit for a name: one line of bounded length. An empty one is
// replaced by the fallback.
func label(s, fallback string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if r := []rune(s); len(r) > maxName {
		s = strings.TrimSpace(string(r[:maxName]))
	}
	return cmp.Or(s, fallback)
}
