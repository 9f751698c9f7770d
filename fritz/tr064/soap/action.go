package soap

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

const maxAnswer = 512 << 10 // bytes of an answer to an action

// readOnly reports whether an action changes nothing.
func readOnly(action string) bool {
	name := strings.TrimPrefix(action, "X_AVM-DE_")
	return strings.HasPrefix(name, "Get") || name == "DialGetConfig"
}

// Call calls an action of a service. Arguments are pairs of name, without "New", and
// value, in the order of the service's description. It returns the values of the answer
// by their names without "New". Where an answer cannot be read to its end, it returns those
// before with the error.
func (c *Client) Call(ctx context.Context, service, action string, args ...string) (map[string]string, error) {
	return c.callAction(ctx, false, service, action, args...)
}

// callAction calls an action, an anonymous one without a login.
func (c *Client) callAction(ctx context.Context, anonymous bool, name, action string, args ...string) (map[string]string, error) {
	s, err := c.service(ctx, name)
	if err != nil {
		return nil, Wrap(action, err)
	}
	r := c.request(s, action, args...)
	r.anonymous, r.body = anonymous, withToken(ctx, r.body)
	if c.refusedAlone(r) {
		return nil, Wrap(action, errRefusedAlone)
	}
	var values map[string]string
	for tries := 1; ; tries++ {
		if !anonymous {
			if err := c.resolveUser(ctx); err != nil {
				return nil, Wrap(action, err)
			}
		}
		err = c.exchange(ctx, r, func(response *http.Response) error {
			values, err = readAnswer(response, name, action)
			return err
		})
		if err != error(errUserUnknown) || tries > 1 {
			break
		}
	}
	var fault *Error
	switch {
	case err == error(errRefusedAlone):
		c.keepRefused(r)
	case errors.As(err, &fault) && fault.Code == 401:
		err = c.whyInvalid(ctx, s, fault)
	}
	return values, Wrap(action, err)
}

// request makes the request for an action of a service.
func (c *Client) request(s service, action string, args ...string) request {
	return request{
		path: s.control, action: s.kind + "#" + action, body: envelope(s.kind, action, args),
		readOnly: readOnly(action), maxBody: maxAnswer, deadline: c.o.Timing.Whole,
	}
}

func envelope(kind, action string, args []string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n" +
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">` +
		beforeBody + `<u:` + action + ` xmlns:u="` + kind + `">`)
	for i := 0; i+1 < len(args); i += 2 {
		b.WriteString("<New" + args[i] + ">")
		escape(&b, args[i+1])
		b.WriteString("</New" + args[i] + ">")
	}
	b.WriteString("</u:" + action + "></s:Body></s:Envelope>")
	return []byte(b.String())
}

// readAnswer reads the envelope of an answer, which holds values or a fault.
func readAnswer(response *http.Response, service, action string) (map[string]string, error) {
	switch status := response.StatusCode; status {
	case http.StatusOK, http.StatusInternalServerError:
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return nil, &Error{Reason: NotAvailable, Code: status, Text: Printable(response.Status)}
	default:
		return nil, statusError(response)
	}
	root, err := ReadNode(response.Body)
	if err != nil {
		return answerValues(root.Child("Body").Child(action + "Response")), &Error{Reason: BadAnswer, Err: err}
	}
	body := root.Child("Body")
	if root.Name != "Envelope" || body == nil || len(body.Children) == 0 {
		return nil, &Error{Reason: BadAnswer, Text: "no SOAP"}
	}
	if fault := body.Child("Fault"); fault != nil {
		detail := fault.Find("UPnPError")
		code, err := strconv.Atoi(detail.Value("errorCode"))
		if err != nil || code <= 0 {
			return nil, &Error{Reason: BadAnswer, Text: "fault without a code"}
		}
		return nil, faultError(service, action, code, Printable(detail.Value("errorDescription")))
	}
	answer := body.Child(action + "Response")
	if answer == nil {
		return nil, &Error{Reason: BadAnswer, Text: "answer to something else"}
	}
	return answerValues(answer), nil
}

// answerValues are the values of an answer by their names without "New".
func answerValues(answer *Node) map[string]string {
	if answer == nil {
		return nil
	}
	values := make(map[string]string, len(answer.Children))
	for _, k := range answer.Children {
		values[strings.TrimPrefix(k.Name, "New")] = strings.TrimSpace(k.Text)
	}
	return values
}

// whyInvalid tells an action that the box does not have from access that is switched
// off. Both are fault 401, but without access the box serves no descriptions either, or no
// action at all.
func (c *Client) whyInvalid(ctx context.Context, s service, fault *Error) error {
	const everywhere = "GetSecurityPort" // every box has it, and it needs no login
	known, err := c.knownActions(ctx, s)
	off := err != nil && ReasonOf(err) == AccessOff
	if err == nil && known[fault.Action] && fault.Action != everywhere {
		_, err := c.callAction(ctx, true, DeviceInfo, everywhere)
		off = ReasonOf(err) == AccessOff
	} else if err == nil && known[fault.Action] {
		off = true
	}
	if !off {
		return fault
	}
	switched := *fault
	switched.Reason = AccessOff
	return &switched
}
