// Package ipphone makes the IP phone of a box out of the configuration and of what "callporter
// softphone setup" has kept, and tries it out.
package ipphone

import (
	"errors"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
)

// ErrNotSetUp says that neither the configuration nor the data directory knows the IP phone of
// a box.
var ErrNotSetUp = errors.New("no IP phone is set up")

// Options are what the phone of a box is made of. User name and password are those of the
// configuration or, where it names none, those that "callporter softphone setup" has kept in
// the data directory. Without either the error is [ErrNotSetUp], and the rest of the options
// is there all the same.
func Options(data string, b config.Box) (sip.Options, error) {
	c := &b.SIP
	o := sip.Options{
		Registrar: b.Host, Port: c.Port, Transport: c.Transport.String(), Listen: c.Listen, Contact: c.Contact,
		Username: c.Username, Password: string(c.Password), Label: c.Label, Box: b.ID,
	}
	if o.Username != "" {
		return o, nil
	}
	kept, err := datadir.ReadSoftphone(data, b.ID)
	if err != nil {
		return o, err
	}
	o.Username, o.Password = kept.Username, kept.Password
	if o.Password == "" { // setup has not come to its end
		o.Username = ""
		return o, ErrNotSetUp
	}
	return o, nil
}
