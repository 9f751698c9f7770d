package soap

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// The services used here, by the name in their type. Which of them a box has depends on
// the model; its description lists them.
const (
	OnTel          = "X_AVM-DE_OnTel"
	VoIP           = "X_VoIP"
	TAM            = "X_AVM-DE_TAM"
	DeviceInfo     = "DeviceInfo"
	DeviceConfig   = "DeviceConfig"
	Auth           = "X_AVM-DE_Auth"
	configSecurity = "LANConfigSecurity"
)

const maxDescriptionPage = 512 << 10 // bytes of a description of the box or a service

// service is a service of the box as its description lists it.
type service struct {
	name, kind           string // "X_VoIP", "urn:dslforum-org:service:X_VoIP:1"
	control, description string // paths
}

// service finds a service of the box in its description, which is read once.
func (c *Client) service(ctx context.Context, name string) (service, error) {
	services := c.knownServices()
	if services == nil {
		select {
		case c.describing <- struct{}{}:
		case <-ctx.Done():
			return service{}, context.Cause(ctx)
		}
		defer func() { <-c.describing }()
		if services = c.knownServices(); services == nil {
			root, err := c.description(ctx)
			if err != nil {
				return service{}, err
			}
			services = c.keepServices(root)
		}
	}
	s, ok := services[name]
	if !ok {
		return service{}, &Error{Reason: NotAvailable, Text: "no service " + name}
	}
	return s, nil
}

func (c *Client) knownServices() map[string]service {
	c.servicesMu.Lock()
	defer c.servicesMu.Unlock()
	return c.services
}

// description fetches tr64desc.xml.
func (c *Client) description(ctx context.Context) (*Node, error) {
	root, err := c.document(ctx, "/tr64desc.xml", maxDescriptionPage)
	if err != nil {
		return nil, err
	}
	if root.Name != "root" || root.Find("serviceType") == nil {
		return nil, &Error{Reason: BadAnswer, Text: "no description of a router"}
	}
	return root, nil
}

// Description reads the description of the box again, so that the services of a new
// firmware are known. It needs no login.
func (c *Client) Description(ctx context.Context) (Description, error) {
	root, err := c.description(ctx)
	if err != nil {
		return Description{}, Wrap("tr64desc.xml", err)
	}
	c.keepServices(root)
	return describedBy(root), nil
}

// keepServices keeps the services of a description, and forgets what is known of their
// actions, since the firmware may be another one.
func (c *Client) keepServices(root *Node) map[string]service {
	services := make(map[string]service)
	root.Each("service", func(n *Node) {
		kind := n.Value("serviceType")
		_, rest, _ := strings.Cut(kind, ":service:")
		name, _, _ := strings.Cut(rest, ":")
		s := service{name: name, kind: kind, control: n.Value("controlURL"), description: n.Value("SCPDURL")}
		if _, have := services[name]; name != "" && !have && localPath(s.control) && !strings.ContainsAny(kind, "\"\r\n<&") {
			services[name] = s
		}
	})
	c.servicesMu.Lock()
	defer c.servicesMu.Unlock()
	c.services, c.actions, c.refused = services, nil, nil
	return services
}

// refusedAlone reports whether the box refuses a request to a login that it accepts, as far
// as is known. Asking again would look like a wrong login each time.
func (c *Client) refusedAlone(r request) bool {
	c.servicesMu.Lock()
	defer c.servicesMu.Unlock()
	return c.refused[r.refusal()]
}

func (c *Client) keepRefused(r request) {
	c.servicesMu.Lock()
	defer c.servicesMu.Unlock()
	if c.refused == nil {
		c.refused = make(map[string]bool)
	}
	c.refused[r.refusal()] = true
}

// refusal names what is refused. Of one action that reads, the box may refuse one index alone.
func (r request) refusal() string {
	if r.readOnly {
		return string(r.body)
	}
	return r.action
}

// knownActions reads the description of a service, which lists its actions.
func (c *Client) knownActions(ctx context.Context, s service) (map[string]bool, error) {
	c.servicesMu.Lock()
	known := c.actions[s.name]
	c.servicesMu.Unlock()
	if known != nil {
		return known, nil
	}
	if !localPath(s.description) {
		return nil, &Error{Reason: BadAnswer, Text: "no description of the service"}
	}
	root, err := c.document(ctx, s.description, maxDescriptionPage)
	if err != nil {
		return nil, err
	}
	known = make(map[string]bool)
	root.Each("action", func(n *Node) { known[n.Value("name")] = true })
	c.servicesMu.Lock()
	defer c.servicesMu.Unlock()
	if c.actions == nil {
		c.actions = make(map[string]map[string]bool)
	}
	c.actions[s.name] = known
	return known, nil
}

// document fetches a description, which needs no login. A box that serves none has
// access for applications switched off.
func (c *Client) document(ctx context.Context, path string, maxBody int64) (*Node, error) {
	var root *Node
	r := request{path: path, anonymous: true, readOnly: true, maxBody: maxBody, deadline: c.o.Timing.Download}
	err := c.exchange(ctx, r, func(response *http.Response) error {
		var err error
		if response.StatusCode != http.StatusOK {
			refused := statusError(response)
			if refused.Reason == BadAnswer && response.StatusCode >= 400 {
				refused.Reason = AccessOff
			}
			return refused
		}
		if root, err = ReadNode(response.Body); err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		return nil
	})
	return root, err
}

// Get fetches a path of the box, at most maxBody bytes, and passes the answer to read. No
// login goes out: where the box asks for one, the query of the path holds a session.
func (c *Client) Get(ctx context.Context, path string, maxBody int64, read func(*http.Response) error) error {
	r := request{path: path, anonymous: true, readOnly: true, maxBody: maxBody, deadline: c.o.Timing.Download}
	err := c.exchange(ctx, r, func(response *http.Response) error {
		if response.StatusCode != http.StatusOK {
			return statusError(response)
		}
		return read(response)
	})
	if ReasonOf(err) == NoCredentials { // this file alone wants what no login gives
		return &Error{Reason: BadAnswer, Text: "answered 401"}
	}
	return err
}

// OwnPath checks a URL that the box sent and returns its path with the query. The URL
// must lead to the box itself by the protocol we use, else the error is of the reason
// [ForeignURL].
func (c *Client) OwnPath(sent string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(sent))
	if err != nil || len(sent) > 2048 {
		return "", &Error{Reason: ForeignURL, Text: "no address"}
	}
	if u.Host == "" && u.Scheme == "" && localPath(sent) {
		return strings.ReplaceAll(u.RequestURI(), " ", "%20"), nil
	}
	if u.Scheme != c.base.Scheme || u.User != nil || !c.sameHost(u.Hostname()) || !c.samePort(u.Port()) || !localPath(u.RequestURI()) {
		return "", &Error{Reason: ForeignURL}
	}
	return strings.ReplaceAll(u.RequestURI(), " ", "%20"), nil
}

// samePort reports whether a port is the one we use, or one of the two of every box.
func (c *Client) samePort(port string) bool {
	return port == c.base.Port() || port == "49000" || port == "49443"
}

// localPath reports whether a reference has no host of its own.
func localPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") && !strings.ContainsAny(p, "\\\r\n")
}
