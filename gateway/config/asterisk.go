package config

import (
	"net"
	"net/netip"
	"slices"

	_ "embed" // the comments of this file are text of the example
)

//go:embed asterisk.go
var asteriskSource string

// Asterisk is the FastAGI server: an Asterisk asks whether a caller may ring.
type Asterisk struct {
	// true lets an Asterisk ask by FastAGI: agi://127.0.0.1/screen.
	Enabled bool `yaml:"enabled"`

	// Address and port. Anything but this computer (127.0.0.1) needs allow.
	Listen string `yaml:"listen" is:"listen_agi"`

	// Who may ask beside this computer: addresses or networks, such as
	// ["192.168.178.20", "10.1.0.0/16"]. FastAGI knows no passwords.
	Allow []string `yaml:"allow" max:"64" is:"network"`

	// Its calls are a line of their own, as those of a box: part of every topic and
	// entity.
	ID string `yaml:"id" is:"id"`

	// What people call this line.
	Name string `yaml:"name" is:"name"`

	// Id of the box whose country, area code, own numbers and phonebooks count for these
	// calls. "" is the first one.
	Box string `yaml:"box" is:"id?"`
}

// DefaultAsterisk is switched off.
func DefaultAsterisk() Asterisk {
	return Asterisk{Listen: "127.0.0.1:4573", ID: "asterisk", Name: "Asterisk"}
}

// Networks are those of Allow. One that is none is left out: Validate names it.
func (a *Asterisk) Networks() (all []netip.Prefix) {
	for _, text := range a.Allow {
		if p, ok := network(text); ok {
			all = append(all, p)
		}
	}
	return all
}

// network reads an address or a network.
func network(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), p.Bits() > 0
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

func networkRule(s string) string {
	if _, ok := network(s); ok {
		return ""
	}
	return "an IP address or a network, such as 192.168.178.20 or 192.168.178.0/24"
}

// Lines are the boxes and, where it is enabled, the line of Asterisk behind them: the line and
// its numbers are those of the box it goes by.
func (c *Config) Lines() []Box {
	if !c.Asterisk.Enabled {
		return c.Boxes
	}
	of := c.Boxes[c.asteriskBox()]
	line := DefaultBox()
	line.ID, line.Name, line.Host, line.Debounce = c.Asterisk.ID, c.Asterisk.Name, "", 0
	line.Country, line.AreaCode, line.Numbers, line.Timezone = of.Country, of.AreaCode, of.Numbers, of.Timezone
	return append(slices.Clip(c.Boxes), line)
}

// asteriskBox is the index of the box that the line of Asterisk goes by.
func (c *Config) asteriskBox() int {
	return max(slices.IndexFunc(c.Boxes, func(b Box) bool { return b.ID == c.Asterisk.Box }), 0)
}

// AsteriskBox is the id of the box that the line of Asterisk goes by.
func (c *Config) AsteriskBox() string { return c.Boxes[c.asteriskBox()].ID }

func (r *reader) checkAsterisk(c *Config) {
	a := &c.Asterisk
	if !a.Enabled || len(c.Boxes) == 0 {
		return
	}
	if !loopback(a.Listen) && len(a.Allow) == 0 {
		_, port, _ := net.SplitHostPort(a.Listen)
		r.problemUnless([]string{"asterisk.allow"}, "asterisk.listen", notAllowed(shorten(a.Listen), "an address of this computer such as 127.0.0.1:"+port+", or asterisk.allow"))
	}
	for i := range c.Boxes {
		if c.Boxes[i].ID == a.ID {
			at := element("boxes", i)
			r.problemUnless([]string{at + ".id"}, "asterisk.id", notAllowed(shorten(a.ID), "another id; "+at+" has this one"))
		}
	}
	if a.Box != "" && c.AsteriskBox() != a.Box {
		r.problemUnless([]string{"boxes"}, "asterisk.box", notAllowed(shorten(a.Box), "the id of a box, or nothing"))
	}
}
