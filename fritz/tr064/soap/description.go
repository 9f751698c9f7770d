package soap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode"
)

// DefaultPort is the port on which every FRITZ!Box answers by http.
const DefaultPort = 49000

const (
	descriptionTimeout = 3 * time.Second
	maxDescription     = 64 << 10 // bytes; real ones have less than half of it
	maxHeader          = 16 << 10 // bytes of the answer's header
	maxPrintable       = 64       // runes kept of a text
)

// Description is what a device tells everybody about itself. Each text is printable
// and has at most 64 runes; any of them may be empty.
type Description struct {
	Manufacturer string // "AVM"
	Model        string // "FRITZ!Box 7530"
	Name         string // the name its owner gave it
	Version      string // of FRITZ!OS: "8.02"; "" where there is none
}

// FRITZBox reports whether it is a FRITZ!Box: the right manufacturer, and neither a
// repeater nor a powerline adapter.
func (d Description) FRITZBox() bool {
	maker := strings.HasPrefix(d.Manufacturer, "AVM") || strings.HasPrefix(d.Manufacturer, "FRITZ!")
	return maker && strings.HasPrefix(d.Model, "FRITZ!Box")
}

// Dial makes a connection, as [net.Dialer.DialContext] does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Describe asks the device at an address, without a login and for at most 3 s. dial
// may be nil.
func Describe(ctx context.Context, at netip.AddrPort, dial Dial) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, descriptionTimeout)
	defer cancel()
	d, err := describe(ctx, at, dial)
	if err != nil {
		return Description{}, fmt.Errorf("describe %s: %w", at, err)
	}
	return d, nil
}

// describe makes the connection itself, so that the end of ctx ends everything.
func describe(ctx context.Context, at netip.AddrPort, dial Dial) (Description, error) {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", at.String())
	if err != nil {
		return Description{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+"/tr64desc.xml", nil)
	if err != nil {
		return Description{}, err
	}
	request.Close = true
	if err := request.Write(conn); err != nil {
		return Description{}, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxHeader+maxDescription)), request)
	if err != nil {
		return Description{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	if answer.StatusCode != http.StatusOK {
		return Description{}, errors.New("answered " + Printable(answer.Status))
	}
	return readDescription(answer.Body)
}

// readDescription reads a description, at most its first 64 KiB.
func readDescription(from io.Reader) (Description, error) {
	root, err := ReadNode(io.LimitReader(from, maxDescription))
	if err != nil {
		return Description{}, err
	}
	if root.Name != "root" {
		return Description{}, errors.New("read xml: no description")
	}
	d := describedBy(root)
	if d.Manufacturer == "" && d.Model == "" {
		return Description{}, errors.New("read xml: neither manufacturer nor model")
	}
	return d, nil
}

// describedBy reads what a description says. The version of FRITZ!OS follows the first dot
// of what is displayed.
func describedBy(root *Node) Description {
	_, version, _ := strings.Cut(Printable(root.Child("systemVersion").Value("Display")), ".")
	d := root.Child("device")
	return Description{Manufacturer: Printable(d.Value("manufacturer")), Model: Printable(d.Value("modelName")),
		Name: Printable(d.Value("friendlyName")), Version: strings.TrimPrefix(version, "0")}
}

// Printable makes a text of the box safe to show: it removes what cannot be printed and
// blanks around it, and keeps at most 64 runes.
func Printable(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
	if r := []rune(s); len(r) > maxPrintable {
		return string(r[:maxPrintable])
	}
	return s
}
