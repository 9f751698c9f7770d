package tr064

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// The services used here, by the name in their type. The model decides which of
// them a box has; its description tells.
const (
	onTel          = "X_AVM-DE_OnTel"
	voIP           = "X_VoIP"
	tam            = "X_AVM-DE_TAM"
	deviceInfo     = "DeviceInfo"
	deviceConfig   = "DeviceConfig"
	configSecurity = "LANConfigSecurity"
)

const maxServices = 512 << 10 // bytes of a description

// service is where a service is spoken to.
type service struct {
	name, kind           string // "X_VoIP", "urn:dslforum-org:service:X_VoIP:1"
	control, description string // paths
}

// service finds a service of the box in its description, which is read once.
func (c *Client) service(ctx context.Context, name string) (service, error) {
	services := c.knownServices()
	if services == nil {
		select {
		case c.learning <- struct{}{}:
		case <-ctx.Done():
			return service{}, context.Cause(ctx)
		}
		defer func() { <-c.learning }()
		if services = c.knownServices(); services == nil {
			root, err := c.describe(ctx)
			if err != nil {
				return service{}, err
			}
			services = c.learn(root)
		}
	}
	s, ok := services[name]
	if !ok {
		return service{}, &Error{Reason: NotAvailable, Text: "no service " + name}
	}
	return s, nil
}

func (c *Client) knownServices() map[string]service {
	c.known.Lock()
	defer c.known.Unlock()
	return c.services
}

// describe fetches tr64desc.xml.
func (c *Client) describe(ctx context.Context) (*node, error) {
	root, err := c.document(ctx, "/tr64desc.xml", maxServices)
	if err != nil {
		return nil, err
	}
	if root.name != "root" || root.find("serviceType") == nil {
		return nil, &Error{Reason: BadAnswer, Text: "no description of a router"}
	}
	return root, nil
}

// learn keeps the services of a description, and forgets what is known of their
// actions: the firmware may be another one.
func (c *Client) learn(root *node) map[string]service {
	services := make(map[string]service)
	root.all("service", func(n *node) {
		kind := n.value("serviceType")
		_, rest, _ := strings.Cut(kind, ":service:")
		name, _, _ := strings.Cut(rest, ":")
		s := service{name: name, kind: kind, control: n.value("controlURL"), description: n.value("SCPDURL")}
		if _, have := services[name]; name != "" && !have && localPath(s.control) && !strings.ContainsAny(kind, "\"\r\n<&") {
			services[name] = s
		}
	})
	c.known.Lock()
	defer c.known.Unlock()
	c.services, c.actions = services, nil
	return services
}

// knownActions reads the description of a service: what it can do.
func (c *Client) knownActions(ctx context.Context, s service) (map[string]bool, error) {
	c.known.Lock()
	known := c.actions[s.name]
	c.known.Unlock()
	if known != nil {
		return known, nil
	}
	if !localPath(s.description) {
		return nil, &Error{Reason: BadAnswer, Text: "no description of the service"}
	}
	root, err := c.document(ctx, s.description, maxServices)
	if err != nil {
		return nil, err
	}
	known = make(map[string]bool)
	root.all("action", func(n *node) { known[n.value("name")] = true })
	c.known.Lock()
	defer c.known.Unlock()
	if c.actions == nil {
		c.actions = make(map[string]map[string]bool)
	}
	c.actions[s.name] = known
	return known, nil
}

// document fetches a description, which needs no login. A box that has none does
// not let applications in.
func (c *Client) document(ctx context.Context, path string, most int64) (*node, error) {
	var root *node
	r := request{path: path, open: true, again: true, most: most, deadline: c.o.Timing.Download}
	err := c.exchange(ctx, r, func(response *http.Response) error {
		var err error
		if response.StatusCode != http.StatusOK {
			refused := statusError(response)
			if refused.Reason == BadAnswer && response.StatusCode >= 400 {
				refused.Reason = AccessOff
			}
			return refused
		}
		if root, err = readNode(response.Body); err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		return nil
	})
	return root, err
}

// get fetches a path of the box. What needs a permission has it in its query.
func (c *Client) get(ctx context.Context, path string, most int64, read func(*http.Response) error) error {
	r := request{path: path, open: true, again: true, most: most, deadline: c.o.Timing.Download}
	return c.exchange(ctx, r, func(response *http.Response) error {
		if response.StatusCode != http.StatusOK {
			return statusError(response)
		}
		return read(response)
	})
}

// ownPath checks a URL the box handed out: it must lead to the box itself, by the
// protocol we use. What is fetched is then its path, from where we are connected.
func (c *Client) ownPath(handed string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(handed))
	if err != nil || len(handed) > 2048 {
		return "", &Error{Reason: ForeignURL, Text: "no address"}
	}
	if u.Host == "" && u.Scheme == "" && localPath(handed) {
		return strings.ReplaceAll(u.RequestURI(), " ", "%20"), nil
	}
	if u.Scheme != c.base.Scheme || u.User != nil || !c.sameHost(u.Hostname()) || !c.samePort(u.Port()) || !localPath(u.RequestURI()) {
		return "", &Error{Reason: ForeignURL}
	}
	return strings.ReplaceAll(u.RequestURI(), " ", "%20"), nil
}

// samePort reports whether a port is ours or one of the two that every box has.
func (c *Client) samePort(port string) bool {
	return port == c.base.Port() || port == "49000" || port == "49443"
}

// localPath reports whether a reference has no host of its own.
func localPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") && !strings.ContainsAny(p, "\\\r\n")
}

// dslfConfig is the user of boxes too old to tell of their users.
const dslfConfig = "dslf-config"

// resolveUser finds out who we are where nobody said: the box tells who logged in
// last. A box too old for that knows the user dslf-config.
func (c *Client) resolveUser(ctx context.Context) error {
	if as := c.as.Load(); as.user != "" || as.password == "" {
		return nil
	}
	if err := c.take(ctx); err != nil {
		return err
	}
	done := c.login.resolved || c.login.of.user != ""
	<-c.turn
	if done {
		return nil
	}
	user := dslfConfig
	_, named, err := c.Users(ctx)
	switch {
	case err == nil && named != "":
		user = named
	case err != nil && !errors.Is(err, ErrNotAvailable):
		return err
	}
	if err := c.take(ctx); err != nil {
		return err
	}
	defer func() { <-c.turn }()
	if c.login.of.user == "" {
		c.login.user, c.login.resolved = user, true
	}
	return nil
}
