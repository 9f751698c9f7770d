package check

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// boxAccess is what a check finds out about the access to one box by TR-064. It belongs
// to one goroutine.
type boxAccess struct {
	*checker
	box       config.Box
	addresses []netip.Addr
	reached   atomic.Pointer[netip.Addr] // the address of the last connection
	client    *tr064.Client
	attempts  *loginAttempts

	findings      []Finding
	loggedIn      bool // the box has accepted the login
	device        tr064.Description
	line          tr064.Telephony
	ipPhones      []tr064.IPPhone
	ipPhonesRead  bool
	dialPhone     string // of the dialling aid; "" = it is off, or not known
	phonebooks    []tr064.Phonebook
	rightReported bool // a finding about a missing right was added
}

// access logs in at a box once and reads what the configuration refers to. It changes
// nothing in the box. Without a password or an address it does not connect.
func (c *checker) access(ctx context.Context, b config.Box, plan *call.Plan) *boxAccess {
	a := &boxAccess{checker: c, box: b}
	if b.Password == "" {
		a.add("access_unused", "right", tr064.PhoneRight.Name(c.language()))
		return a
	}
	login, cancel := context.WithTimeout(ctx, c.Timing.Login)
	defer cancel()
	if a.addresses = a.lookUp(login); len(a.addresses) == 0 {
		return a // the finding about the call monitor says so
	}
	a.attempts = openLoginAttempts(filepath.Join(c.config.Data, "box-"+b.ID+".json"), c.gatewayRuns)
	defer a.attempts.removeUnused()
	var err error
	a.client, err = tr064.New(tr064.Options{Connection: tr064.Connection{
		Host: b.Host, Port: b.TR064Port, HTTP: b.Plaintext, User: b.Username, Password: string(b.Password),
		Fingerprint: cmp.Or(b.Fingerprint, a.attempts.memory.Fingerprint()), Accept: "callporter trust " + b.ID, Attempts: a.attempts,
		Box: b.ID, Dial: a.dial, Timing: c.Timing.Access,
	}, Plan: plan, Location: b.Location()})
	if err != nil {
		a.add("config_unusable", "text", err.Error())
		return a
	}
	defer a.client.Close()
	reading := login
	if c.RetryPassword {
		reading = tr064.TryAgain(login)
	}
	steps := []func(context.Context, *call.Plan) error{a.readLine, a.readPhonebooks, a.readCallList, a.readDiallingAid, a.readIPPhones}
	if ok := a.logIn(reading) && a.read(reading, plan, steps...); ok && login.Err() == nil {
		contents, cancel := context.WithTimeout(ctx, c.Timing.Login)
		defer cancel()
		a.read(contents, plan, a.readContents)
	}
	if login.Err() != nil && ctx.Err() == nil {
		a.add("access_slow", "wait", c.Timing.Login.Round(time.Second).String())
	}
	return a
}

// lookUp finds at most three addresses of the box, IPv4 first. It drops public addresses
// of fritz.box: on the internet that name belongs to a stranger, who must not get a login.
func (a *boxAccess) lookUp(ctx context.Context) (usable []netip.Addr) {
	if addr, err := netip.ParseAddr(a.box.Host); err == nil {
		return []netip.Addr{addr}
	}
	ctx, cancel := context.WithTimeout(ctx, a.Timing.Dial)
	defer cancel()
	found, err := a.Lookup(ctx, "ip", a.box.Host)
	if err != nil {
		return nil
	}
	host := strings.ToLower(strings.TrimSuffix(a.box.Host, "."))
	boxName := host == "fritz.box" || strings.HasSuffix(host, ".fritz.box")
	for _, addr := range found {
		if addr = addr.Unmap(); !boxName || callmonitor.AtHome(addr) {
			usable = append(usable, addr)
		}
	}
	slices.SortStableFunc(usable, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return usable[:min(len(usable), 3)]
}

// dial connects to the first address of the box that answers.
func (a *boxAccess) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	for _, addr := range a.addresses {
		once, cancel := context.WithTimeout(ctx, a.Timing.Dial/time.Duration(len(a.addresses)))
		conn, err = a.Dial(once, network, net.JoinHostPort(addr.String(), port))
		cancel()
		if err == nil {
			a.reached.Store(&addr)
			return conn, nil
		}
	}
	return nil, err
}

// logIn logs in, and reports whether the user may read what the check asks for. A box that
// does not tell the rights of its users is asked all the same.
func (a *boxAccess) logIn(ctx context.Context) bool {
	access, err := a.client.Access(ctx)
	untold := tr064.ReasonOf(err) == tr064.NotAvailable
	if err != nil && !untold {
		a.addFailure(ctx, err)
		return false
	}
	a.loggedIn = true
	if d, err := a.client.Device(ctx); err == nil {
		a.device = d.Description
	}
	if untold {
		return true
	}
	a.addLogin(access)
	if !access.Phone {
		a.addMissingRight(tr064.PhoneRight)
	}
	return access.Phone
}

// read takes steps, until an error makes the next one pointless.
func (a *boxAccess) read(ctx context.Context, plan *call.Plan, steps ...func(context.Context, *call.Plan) error) bool {
	for _, step := range steps {
		err := step(ctx, plan)
		var boxErr *tr064.Error
		switch {
		case err == nil:
		case !errors.As(err, &boxErr): // no time left
			return false
		case boxErr.Reason == tr064.NotAvailable: // on this model
		case boxErr.Reason == tr064.RightMissing:
			a.addMissingRight(boxErr.Right)
		case boxErr.Reason == tr064.Failed, boxErr.Reason == tr064.BadAnswer, boxErr.Reason == tr064.BadArgument:
			a.addOther(boxErr) // this step alone
		default:
			a.addFailure(ctx, err)
			return false
		}
	}
	return true
}

// add adds a finding about the access.
func (a *boxAccess) add(code string, with ...string) {
	at := a.box.Host
	if reached := a.reached.Load(); reached != nil {
		at = reached.String()
	} else if len(a.addresses) > 0 {
		at = a.addresses[0].String()
	}
	a.findings = append(a.findings, a.finding(code, append(with, "box", a.box.ID, "host", a.box.Host, "address", at,
		"at", net.JoinHostPort(at, strconv.Itoa(a.port())), "port", strconv.Itoa(a.port()),
		"user", config.Printable(a.box.Username), "data", a.config.Data)...))
}

// port is the TR-064 port of the box.
func (a *boxAccess) port() int {
	switch {
	case a.box.TR064Port != 0:
		return a.box.TR064Port
	case a.box.Plaintext:
		return tr064.DefaultPort
	}
	return tr064.DefaultTLSPort
}

// addLogin adds that the box has accepted the login, with its user and rights.
func (a *boxAccess) addLogin(access tr064.Access) {
	var rights []string
	if access.Phone {
		rights = append(rights, tr064.PhoneRight.Name(a.language()))
	}
	if access.Settings {
		rights = append(rights, tr064.SettingsRight.Name(a.language()))
	}
	with := a.format(phrases["rights_none"], nil)
	switch len(rights) {
	case 1:
		with = a.format(phrases["rights_one"], []string{"first", rights[0]})
	case 2:
		with = a.format(phrases["rights_both"], []string{"first", rights[0], "second", rights[1]})
	}
	model := cmp.Or(a.device.Model, "FRITZ!Box")
	user := cmp.Or(access.User, config.Printable(a.box.Username), "?")
	a.add("access_ok", "name", user, "model", model, "rights", with)
}

// addMissingRight adds that a right is missing, for the first one only.
func (a *boxAccess) addMissingRight(r tr064.Right) {
	if !a.rightReported {
		a.rightReported = true
		a.add("access_right_missing", "right", r.Name(a.language()))
	}
}
