package tr064

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// PhoneKind is the kind of a phone.
type PhoneKind string

// The kinds of phones.
const (
	FON     PhoneKind = "fon" // an analog socket
	DECT    PhoneKind = "dect"
	IP      PhoneKind = "ip"
	Machine PhoneKind = "answering_machine"
)

// Phone is a phone of the house.
type Phone struct {
	Extension call.Extension // as in the call monitor
	Name      string
	Kind      PhoneKind
}

// Phones lists the phones with their extensions in the call monitor. Phones that the box
// does not list, or not to this user, are left out. With an error those of some kinds may be
// missing.
func (c *Client) Phones(ctx context.Context) ([]Phone, error) {
	var phones []Phone
	var read parts
	for _, list := range []func(context.Context) ([]Phone, error){c.handsets, c.ipPhones, c.sockets, c.machinePhones} {
		some, err := list(ctx)
		phones = append(phones, some...)
		if err != nil && !skippable(err) && read.failed(err) && read.hopeless(ctx) {
			break
		}
	}
	slices.SortStableFunc(phones, func(a, b Phone) int {
		return cmp.Or(cmp.Compare(len(a.Extension), len(b.Extension)), cmp.Compare(a.Extension, b.Extension))
	})
	return slices.CompactFunc(phones, func(a, b Phone) bool { return a.Extension == b.Extension }), read.err
}

// handsets lists the DECT handsets; the first has the extension 10.
func (c *Client) handsets(ctx context.Context) ([]Phone, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetDECTHandsetList")
	if err != nil {
		return nil, err
	}
	ids, err := readIDs(a["DectIDList"])
	if err != nil {
		return nil, soap.Wrap("GetDECTHandsetList", err)
	}
	var phones []Phone
	var read parts
	for _, id := range ids {
		a, err := c.Call(ctx, soap.OnTel, "GetDECTHandsetInfo", "DectID", strconv.Itoa(id))
		if err != nil {
			if !skippable(err) && read.failed(err) && read.hopeless(ctx) {
				break
			}
			continue
		}
		if id >= 1 && id <= 10 {
			phones = append(phones, Phone{extension(9 + id), soap.Printable(a["HandsetName"]), DECT})
		}
	}
	return phones, read.err
}

// ipPhones lists the IP phones; the internal number 620 has the extension 20.
func (c *Client) ipPhones(ctx context.Context) ([]Phone, error) {
	a, err := c.Call(ctx, soap.VoIP, "X_AVM-DE_GetClients")
	if err != nil {
		return nil, err
	}
	phones, err := readClients(a["X_AVM-DE_ClientList"])
	return phones, soap.Wrap("X_AVM-DE_GetClients", err)
}

func readClients(list string) (phones []Phone, err error) {
	err = eachItem(list, func(n *soap.Node) {
		internal, err := strconv.Atoi(strings.TrimLeft(n.Value("X_AVM-DE_InternalNumber"), "*"))
		if err == nil && internal >= 620 && internal <= 629 && len(phones) < 10 {
			phones = append(phones, Phone{extension(internal - 600), soap.Printable(n.Value("X_AVM-DE_PhoneName")), IP})
		}
	})
	return phones, err
}

// sockets lists the analog phones, which the dialling aid calls "FON1: Name".
func (c *Client) sockets(ctx context.Context) ([]Phone, error) {
	names, err := c.DialPhones(ctx)
	if err != nil {
		return nil, err
	}
	var phones []Phone
	for _, full := range names {
		socket, name, found := strings.Cut(full, ":")
		n, err := strconv.Atoi(strings.TrimPrefix(socket, "FON"))
		if found && err == nil && n >= 1 && n <= 3 && strings.HasPrefix(socket, "FON") {
			phones = append(phones, Phone{extension(n - 1), soap.Printable(name), FON})
		}
	}
	return phones, nil
}

// machinePhones lists the answering machines; the first has the extension 40.
func (c *Client) machinePhones(ctx context.Context) ([]Phone, error) {
	machines, err := c.AnsweringMachines(ctx)
	var phones []Phone
	for _, m := range machines {
		if m.Index < maxMachines {
			phones = append(phones, Phone{extension(40 + m.Index), m.Name, Machine})
		}
	}
	return phones, err
}

func extension(n int) call.Extension { return call.Extension(strconv.Itoa(n)) }
