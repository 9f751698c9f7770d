package check

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
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
	"github.com/callporter/callporter/gateway/poll"
)

// entry is what a check finds out about the way into one box by TR-064. It belongs
// to one goroutine.
type entry struct {
	*checker
	box       config.Box
	addresses []netip.Addr
	at        atomic.Pointer[netip.Addr] // where a connection came about last
	client    *tr064.Client
	logins    *checkLogins

	findings []Finding
	inside   bool // the box has let us in
	device   tr064.Description
	line     tr064.Telephony
	phone    string // that the dialling aid rings; "" = it is off, or not known
	books    []tr064.Phonebook
	rightful bool // a missing right was told of
}

// enter logs in at a box, once, and reads what the configuration refers to. It
// changes nothing in the box. Where there is no password, or nobody at the address,
// it asks for nothing.
func (c *checker) enter(ctx context.Context, b config.Box, plan *call.Plan) *entry {
	e := &entry{checker: c, box: b}
	if b.Password == "" {
		e.tell("access_unused", "right", tr064.PhoneRight.Name(c.language()))
		return e
	}
	within, cancel := context.WithTimeout(ctx, c.Timing.Enter)
	defer cancel()
	if e.addresses = e.lookUp(within); len(e.addresses) == 0 {
		return e // the call monitor's finding says so
	}
	e.logins = openCheckLogins(filepath.Join(c.config.Data, "box-"+b.ID+".json"), c.running)
	defer e.logins.tidy()
	var err error
	e.client, err = tr064.New(tr064.Options{Connection: tr064.Connection{
		Host: b.Host, Port: b.TR064Port, HTTP: b.Plaintext, User: b.Username, Password: string(b.Password),
		Fingerprint: cmp.Or(b.Fingerprint, e.logins.memory.Fingerprint()), Accept: "callporter trust " + b.ID, Attempts: e.logins,
		Box: b.ID, Dial: e.dial, Timing: c.Timing.Access,
	}, Plan: plan, Location: b.Location()})
	if err != nil {
		e.tell("config_unusable", "text", err.Error())
		return e
	}
	defer e.client.Close()
	asking := within
	if c.RetryPassword {
		asking = tr064.TryAgain(within)
	}
	e.read(asking, plan)
	if within.Err() != nil && ctx.Err() == nil {
		e.tell("access_slow", "wait", c.Timing.Enter.Round(time.Second).String())
	}
	return e
}

// lookUp finds the addresses of the box, IPv4 first. fritz.box on the internet is a
// stranger's, who gets no login.
func (e *entry) lookUp(ctx context.Context) (usable []netip.Addr) {
	if a, err := netip.ParseAddr(e.box.Host); err == nil {
		return []netip.Addr{a}
	}
	ctx, cancel := context.WithTimeout(ctx, e.Timing.Dial)
	defer cancel()
	found, err := e.Lookup(ctx, "ip", e.box.Host)
	if err != nil {
		return nil
	}
	host := strings.ToLower(strings.TrimSuffix(e.box.Host, "."))
	theirs := host == "fritz.box" || strings.HasSuffix(host, ".fritz.box")
	for _, a := range found {
		if a = a.Unmap(); !theirs || callmonitor.AtHome(a) {
			usable = append(usable, a)
		}
	}
	slices.SortStableFunc(usable, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return usable[:min(len(usable), 3)]
}

// dial connects to the first address of the box that answers.
func (e *entry) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	for _, a := range e.addresses {
		once, cancel := context.WithTimeout(ctx, e.Timing.Dial/time.Duration(len(e.addresses)))
		conn, err = e.Dial(once, network, net.JoinHostPort(a.String(), port))
		cancel()
		if err == nil {
			e.at.Store(&a)
			return conn, nil
		}
	}
	return nil, err
}

// read logs in and reads, until something keeps it from going on.
func (e *entry) read(ctx context.Context, plan *call.Plan) {
	access, err := e.client.Access(ctx)
	if err != nil {
		e.refused(ctx, err)
		return
	}
	e.inside = true
	if d, err := e.client.Device(ctx); err == nil {
		e.device = d.Description
	}
	e.welcome(access)
	if !access.Phone {
		e.lacks(tr064.PhoneRight)
		return
	}
	steps := []func(context.Context, *call.Plan) error{e.readLine, e.readBooks, e.readCalls, e.readAid, e.readRoom}
	for _, step := range steps {
		err := step(ctx, plan)
		var ours *tr064.Error
		switch {
		case err == nil:
		case !errors.As(err, &ours): // no time left
			return
		case ours.Reason == tr064.NotAvailable: // on this model
		case ours.Reason == tr064.RightMissing:
			e.lacks(ours.Right)
		default:
			e.refused(ctx, err)
			return
		}
	}
}

// tell adds a finding about the way in.
func (e *entry) tell(code string, with ...string) {
	at := e.box.Host
	if reached := e.at.Load(); reached != nil {
		at = reached.String()
	} else if len(e.addresses) > 0 {
		at = e.addresses[0].String()
	}
	e.findings = append(e.findings, e.find(code, append(with, "box", e.box.ID, "host", e.box.Host, "address", at,
		"at", net.JoinHostPort(at, strconv.Itoa(e.port())), "port", strconv.Itoa(e.port()),
		"user", config.Printable(e.box.Username), "data", e.config.Data)...))
}

// port is the one that is asked.
func (e *entry) port() int {
	switch {
	case e.box.TR064Port != 0:
		return e.box.TR064Port
	case e.box.Plaintext:
		return tr064.DefaultPort
	}
	return tr064.DefaultTLSPort
}

// welcome tells that the box has let us in, as whom and for what.
func (e *entry) welcome(a tr064.Access) {
	var rights []string
	if a.Phone {
		rights = append(rights, tr064.PhoneRight.Name(e.language()))
	}
	if a.Settings {
		rights = append(rights, tr064.SettingsRight.Name(e.language()))
	}
	with := e.say(phrases["rights_none"], nil)
	switch len(rights) {
	case 1:
		with = e.say(phrases["rights_one"], []string{"first", rights[0]})
	case 2:
		with = e.say(phrases["rights_both"], []string{"first", rights[0], "second", rights[1]})
	}
	model := e.device.Model
	if model == "" {
		model = "FRITZ!Box"
	}
	user := a.User
	if user == "" {
		user = cmp.Or(config.Printable(e.box.Username), "?")
	}
	e.tell("access_ok", "name", user, "model", model, "rights", with)
}

// lacks tells once that a right is missing.
func (e *entry) lacks(r tr064.Right) {
	if !e.rightful {
		e.rightful = true
		e.tell("access_right_missing", "right", r.Name(e.language()))
	}
}

// checkLogins counts the refused logins of a check together with those of the
// gateway, so that both together try a wrong password twice at most.
type checkLogins struct {
	memory  *poll.Memory
	running bool  // a gateway is, and has its own count in memory
	err     error // why the last count could not be stored
	held    bool  // the gateway has one try left, which is not ours

	fresh bool     // there was no file
	made  []string // directories made for it, the innermost last
}

func openCheckLogins(path string, running bool) *checkLogins {
	_, err := os.Stat(path)
	return &checkLogins{
		memory: poll.OpenMemory(path, slog.New(slog.DiscardHandler)), running: running, fresh: errors.Is(err, os.ErrNotExist),
	}
}

// Load returns what is stored. Beside a running gateway one refusal is enough: it
// may be trying just now.
func (l *checkLogins) Load() (hash string, refused int) {
	hash, refused = l.memory.Load()
	if l.held = l.running && refused == 1; l.held {
		refused = 2
	}
	return hash, refused
}

// Store writes the count down, into a data directory that is yet to be made too.
func (l *checkLogins) Store(hash string, refused int) error {
	made, err := makeDirs(filepath.Dir(l.memory.Path))
	l.made = append(l.made, made...)
	if err == nil {
		err = l.memory.Store(hash, refused)
	}
	l.err = err
	return err
}

// tidy takes away a file that was made for the count alone, where there is nothing
// to remember: a check leaves nothing behind.
func (l *checkLogins) tidy() {
	if _, refused := l.memory.Load(); l.fresh && refused == 0 && l.memory.Fingerprint() == "" {
		_ = os.Remove(l.memory.Path)
		for _, dir := range slices.Backward(l.made) {
			_ = os.Remove(dir) // not if something is in it meanwhile
		}
	}
}
