package tr064

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a request.
const (
	maxSOAP      = 1 << 20 // bytes
	maxArguments = 64
	maxNesting   = 8 // elements in each other, envelope included
)

// envelope is a SOAP request as it was read.
type envelope struct {
	space, action string // of the first element of the body
	arguments     []argumentValue
	header        map[string]string // texts of the header's elements by local name
	challenge     bool              // the header has InitChallenge
	auth          bool              // the header has ClientAuth
}

// argumentValue is one argument with its text.
type argumentValue struct{ name, value string }

// errSOAP says that a request is not the XML that it has to be.
var errSOAP = errors.New("no SOAP request")

// readEnvelope reads a request leniently, as boxes do: prefixes and their
// namespaces are not looked at, and two attributes need no blank between them.
// (tr-O64 sends both a blank before the namespace and no blank between
// attributes, and real boxes serve it.)
func readEnvelope(body []byte) (envelope, error) {
	e := envelope{header: map[string]string{}}
	d := xml.NewDecoder(bytes.NewReader(body))
	var path []string
	var text strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return envelope{}, errSOAP
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(path) >= maxNesting {
				return envelope{}, errSOAP
			}
			path = append(path, t.Name.Local)
			text.Reset()
			if err := e.open(path, t); err != nil {
				return envelope{}, err
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			e.close(path, text.String())
			path = path[:len(path)-1]
			text.Reset()
		}
	}
	if e.action == "" {
		return envelope{}, errSOAP
	}
	return e, nil
}

// open handles the start of an element.
func (e *envelope) open(path []string, t xml.StartElement) error {
	switch {
	case len(path) == 1 && path[0] != "Envelope", len(path) == 2 && path[1] != "Header" && path[1] != "Body":
		return errSOAP
	case len(path) == 3 && path[1] == "Body":
		if e.action != "" {
			return errSOAP
		}
		e.space, e.action = t.Name.Space, t.Name.Local
	case len(path) == 3 && path[2] == "InitChallenge":
		e.challenge = true
	case len(path) == 3 && path[2] == "ClientAuth":
		e.auth = true
	case len(path) > 4 && path[1] == "Body":
		return errSOAP // an argument holds text alone
	}
	return nil
}

// close handles the end of an element.
func (e *envelope) close(path []string, text string) {
	name := path[len(path)-1]
	switch {
	case len(path) == 4 && path[1] == "Body" && len(e.arguments) < maxArguments:
		e.arguments = append(e.arguments, argumentValue{name, text})
	case len(path) > 2 && path[1] == "Header" && len(e.header) < maxArguments:
		e.header[name] = strings.TrimSpace(text)
	}
}

// Fault is a UPnP error code.
type Fault int

// Faults that the box itself answers with; Server.Fail takes any code.
const (
	invalidAction   Fault = 401
	InvalidArgs     Fault = 402
	ActionFailed    Fault = 501
	brokenXML       Fault = 502
	authFailed      Fault = 503
	ValueInvalid    Fault = 600
	OutOfMemory     Fault = 603
	notAuthorized   Fault = 606
	NoSuchIndex     Fault = 713
	NoSuchEntry     Fault = 714
	BadCharacters   Fault = 803
	InternalError   Fault = 820
	needsFactor     Fault = 866
	factorBlocked   Fault = 867
	factorBusy      Fault = 868
	TooShort        Fault = 801
	TooLong         Fault = 802
	appOnly         Fault = 838
	appIDCharacters Fault = 823
)

var faultTexts = map[Fault]string{
	invalidAction: "Invalid Action", InvalidArgs: "Invalid Args", ActionFailed: "Action Failed",
	brokenXML: "XML error", authFailed: "Auth. failed", ValueInvalid: "Argument Value Invalid",
	OutOfMemory: "Out of Memory", notAuthorized: "Action Not Authorized",
	NoSuchIndex: "SpecifiedArrayIndexInvalid", NoSuchEntry: "NoSuchEntryInArray",
	TooShort: "String Argument Too Short", TooLong: "String Argument Too Long",
	BadCharacters: "Bad Characters", InternalError: "Internal Error",
	needsFactor: "second factor authentication required", factorBlocked: "second factor authentication blocked",
	factorBusy: "second factor authentication busy",
}

// Error returns the description that the answer carries.
func (f Fault) Error() string {
	if text := faultTexts[f]; text != "" {
		return text
	}
	return "Action Failed"
}

const (
	envelopeOpen = `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
`
	envelopeClose = "</s:Envelope>\n"
)

// answerXML writes the answer to an operation. It has every out argument of
// the description, in that order.
func answerXML(header string, o *operation, out map[string]string) string {
	var x strings.Builder
	x.WriteString(envelopeOpen + header + "<s:Body>\n")
	fmt.Fprintf(&x, "<u:%sResponse xmlns:u=\"%sservice:%s\">\n", o.name, namespace, o.service.kind)
	for _, p := range o.out {
		x.WriteString(Element(p.name, out[p.name]) + "\n")
	}
	fmt.Fprintf(&x, "</u:%sResponse>\n</s:Body>\n%s", o.name, envelopeClose)
	return x.String()
}

// faultXML writes a fault, with the white space that boxes put into it.
func faultXML(header string, f Fault) string {
	return envelopeOpen + header + fmt.Sprintf(`<s:Body>
<s:Fault>
<faultcode>s:Client</faultcode>
<faultstring>UPnPError</faultstring>
<detail>
<UPnPError xmlns="urn:schemas-upnp-org:control-1-0">
<errorCode>%d</errorCode>
<errorDescription>%s</errorDescription>
</UPnPError>
</detail>
</s:Fault>
</s:Body>
`, int(f), f.Error()) + envelopeClose
}
