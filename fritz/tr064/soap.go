package tr064

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

const maxAnswer = 512 << 10 // bytes of an answer to an action

// answer is what an action returned: its New… elements without "New".
type answer map[string]string

// number reads a number that the box must have sent.
func (a answer) number(name string) (int, error) {
	n, err := strconv.Atoi(a[name])
	if err != nil || n < 0 {
		return 0, &Error{Reason: BadAnswer, Text: "no number in " + name}
	}
	return n, nil
}

// reads reports whether an action changes nothing.
func reads(action string) bool {
	name := strings.TrimPrefix(action, "X_AVM-DE_")
	return strings.HasPrefix(name, "Get") || name == "DialGetConfig"
}

// call calls an action of a service. Arguments are pairs of name, without "New",
// and value, in the order of the service's description.
func (c *Client) call(ctx context.Context, service, action string, args ...string) (answer, error) {
	a, err := c.callOpen(ctx, false, service, action, args...)
	return a, err
}

// callOpen calls an action; open ones need no login.
func (c *Client) callOpen(ctx context.Context, open bool, name, action string, args ...string) (answer, error) {
	s, err := c.service(ctx, name)
	if err != nil {
		return nil, wrap(action, err)
	}
	r := request{
		path: s.control, action: s.kind + "#" + action, body: envelope(s.kind, action, args), open: open, again: reads(action),
		most: maxAnswer, deadline: c.o.Timing.Whole,
	}
	var got answer
	for tries := 1; ; tries++ {
		if !open {
			if err := c.resolveUser(ctx); err != nil {
				return nil, wrap(action, err)
			}
		}
		err = c.exchange(ctx, r, func(response *http.Response) error {
			got, err = readAnswer(response, name, action)
			return err
		})
		if err != error(errWho) || tries > 1 {
			break
		}
	}
	var ours *Error
	if errors.As(err, &ours) && ours.Code == 401 {
		err = c.whyInvalid(ctx, s, ours)
	}
	if err != nil {
		return nil, wrap(action, err)
	}
	return got, nil
}

func envelope(kind, action string, args []string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n" +
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">` +
		`<s:Body><u:` + action + ` xmlns:u="` + kind + `">`)
	for i := 0; i+1 < len(args); i += 2 {
		b.WriteString("<New" + args[i] + ">")
		escape(&b, args[i+1])
		b.WriteString("</New" + args[i] + ">")
	}
	b.WriteString("</u:" + action + "></s:Body></s:Envelope>")
	return []byte(b.String())
}

// readAnswer reads the envelope of an answer: values or a fault.
func readAnswer(response *http.Response, service, action string) (answer, error) {
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusInternalServerError {
		return nil, statusError(response)
	}
	root, err := readNode(response.Body)
	if err != nil {
		return nil, &Error{Reason: BadAnswer, Err: err}
	}
	body := root.child("Body")
	if root.name != "Envelope" || body == nil || len(body.kids) == 0 {
		return nil, &Error{Reason: BadAnswer, Text: "no SOAP"}
	}
	if fault := body.child("Fault"); fault != nil {
		told := fault.find("UPnPError")
		code, err := strconv.Atoi(told.value("errorCode"))
		if err != nil || code <= 0 {
			return nil, &Error{Reason: BadAnswer, Text: "fault without a code"}
		}
		return nil, faultError(service, action, code, clean(told.value("errorDescription")))
	}
	values := body.child(action + "Response")
	if values == nil {
		return nil, &Error{Reason: BadAnswer, Text: "answer to something else"}
	}
	got := make(answer, len(values.kids))
	for _, k := range values.kids {
		got[strings.TrimPrefix(k.name, "New")] = strings.TrimSpace(k.text)
	}
	return got, nil
}

// whyInvalid tells an action the box does not have from access that is switched
// off: both are fault 401, but without access there are no descriptions either, or
// they name the action.
func (c *Client) whyInvalid(ctx context.Context, s service, fault *Error) error {
	known, err := c.knownActions(ctx, s)
	if err == nil && !known[fault.Action] || err != nil && ReasonOf(err) != AccessOff {
		return fault
	}
	off := *fault
	off.Reason = AccessOff
	return &off
}
