package fritztest

import (
	"slices"
	"strconv"
	"strings"
)

// maxClients of the box: IP phones 620 to 629.
const maxSIPClients = 10

// sipClient is an IP phone that is set up in the box, extension 20 and on.
type sipClient struct {
	user, password, phone, id string
	outgoing, incoming        string
	delayed                   bool
}

// DialAid switches the dialling aid in the box's menu; without it DialNumber fails
// with 501. At first it is on, with the first phone.
func (b *Box) DialAid(on bool) { b.tr064.edit(func(t *tr064) { t.dialAid = on }) }

// ports are the phones of the dialling aid by their names; IP phones are not among
// them.
func (t *tr064) ports() []string {
	var list []string
	for i, name := range t.fon {
		list = append(list, "FON"+strconv.Itoa(i+1)+": "+name)
	}
	list = append(list, "ISDN: ISDN/DECT Rundruf")
	for _, h := range t.handsets {
		list = append(list, "DECT: "+h.name)
	}
	return list
}

// dialExtension is the extension of the dialling aid's phone.
func (t *tr064) dialExtension() int {
	at := slices.Index(t.ports(), t.dialPhone)
	switch {
	case at < len(t.fon):
		return max(at, 0)
	case at == len(t.fon):
		return 4
	}
	return 10 + at - len(t.fon) - 1
}

// client finds the IP phone of a request.
func (q *request) client() (*sipClient, int, error) {
	at := q.int("NewX_AVM-DE_ClientIndex")
	if at < 0 || at >= len(q.t.clients) {
		return nil, 0, noSuchIndex
	}
	return q.t.clients[at], at, nil
}

func (c *sipClient) output(at int) output {
	return output{
		"NewX_AVM-DE_ClientIndex": strconv.Itoa(at), "NewX_AVM-DE_ClientUsername": c.user,
		"NewX_AVM-DE_ClientRegistrar": "fritz.box", "NewX_AVM-DE_ClientRegistrarPort": "5060",
		"NewX_AVM-DE_PhoneName": c.phone, "NewX_AVM-DE_ClientId": c.id, "NewX_AVM-DE_OutGoingNumber": c.outgoing,
		"NewX_AVM-DE_InComingNumbers": c.incoming, "NewX_AVM-DE_ExternalRegistration": "0",
		"NewX_AVM-DE_InternalNumber": strconv.Itoa(620 + at), "NewX_AVM-DE_DelayedCallNotification": flag(c.delayed),
	}
}

// clientOut is output for those operations whose description has fewer arguments.
func (q *request) clientOut() (output, error) {
	c, at, err := q.client()
	if err != nil {
		return nil, err
	}
	return c.output(at), nil
}

// setClient makes or overwrites an IP phone.
func (q *request) setClient() (output, error) {
	at, user, password := q.int("NewX_AVM-DE_ClientIndex"), q.args["NewX_AVM-DE_ClientUsername"], q.args["NewX_AVM-DE_ClientPassword"]
	if at < 0 || at > len(q.t.clients) || at >= maxSIPClients {
		return nil, noSuchIndex
	}
	for _, text := range []string{user, password} {
		if strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
			return nil, badCharacters
		}
	}
	switch {
	case len(user) < 4 || len(password) < 8:
		return nil, tooShort
	case len(user) > 64 || len(password) > 64:
		return nil, tooLong
	}
	for i, c := range q.t.clients {
		if c.user == user && i != at {
			return nil, internalError
		}
	}
	c := &sipClient{
		user: user, password: password, phone: q.args["NewX_AVM-DE_PhoneName"], id: q.args["NewX_AVM-DE_ClientId"],
		outgoing: q.args["NewX_AVM-DE_OutGoingNumber"], incoming: q.args["NewX_AVM-DE_InComingNumbers"],
	}
	if at == len(q.t.clients) {
		q.t.clients = append(q.t.clients, c)
	} else {
		q.t.clients[at] = c
	}
	q.wrote(strconv.Itoa(620+at) + " " + c.phone)
	return output{"NewX_AVM-DE_InternalNumber": strconv.Itoa(620 + at)}, nil
}

// dial lets the dialling aid call out, or switch the call monitor by its code.
func (q *request) dial() (output, error) {
	t, number := q.t, q.args["NewX_AVM-DE_PhoneNumber"]
	if !t.dialAid || t.dialPhone == "" || len(t.users) == 0 {
		return nil, actionFailed // a box without a password does not dial either
	}
	if number == "" || !isNumber(number) {
		return nil, valueInvalid
	}
	b, ext, own := t.box, t.dialExtension(), ""
	if len(t.numbers) > 0 {
		own = t.numbers[0].Number
	}
	q.wrote(number)
	q.before = func() {
		switch {
		case number == "#96*5*":
			_ = b.Accept() // a port that is gone shows in State
		case number == "#96*4*":
			b.Refuse()
		case strings.HasPrefix(number, "*"): // in the house: nothing to be seen
		case b.Vacant("") == nil:
			call := b.Dial(ext, own, number, CallOptions{})
			t.count(func() { t.dialled = call })
		}
	}
	return nil, nil
}

// hangup ends the call that the dialling aid is setting up, and no other.
func (q *request) hangup() (output, error) {
	call := q.t.dialled
	q.t.dialled = nil
	q.before = func() {
		if call != nil {
			call.hangupUnlessTaken()
		}
	}
	return nil, nil
}

// hangupUnlessTaken ends a call that nobody has answered yet.
func (c *Call) hangupUnlessTaken() {
	c.box.mu.Lock()
	waits := !c.connected && c.box.calls[c.id] == c
	c.box.mu.Unlock()
	if waits {
		c.Disconnect(0)
	}
}

// limits are the bounds of strings that GetInfoEx tells.
var limits = output{
	"NewVoIPNumberMinChars": "0", "NewVoIPNumberMaxChars": "30", "NewVoIPNumberAllowedChars": "0123456789",
	"NewVoIPUsernameMinChars": "0", "NewVoIPUsernameMaxChars": "64", "NewVoIPUsernameAllowedChars": "0-9A-Za-z-._@",
	"NewVoIPPasswordMinChars": "0", "NewVoIPPasswordMaxChars": "64", "NewVoIPPasswordAllowedChars": "0-9A-Za-z-._",
	"NewVoIPRegistrarMinChars": "0", "NewVoIPRegistrarMaxChars": "128", "NewVoIPRegistrarAllowedChars": "0-9A-Za-z-._",
	"NewVoIPSTUNServerMinChars": "0", "NewVoIPSTUNServerMaxChars": "128", "NewVoIPSTUNServerAllowedChars": "0-9A-Za-z-._",
	"NewX_AVM-DE_ClientUsernameMinChars": "4", "NewX_AVM-DE_ClientUsernameMaxChars": "64", "NewX_AVM-DE_ClientUsernameAllowedChars": "0-9A-Za-z-._",
	"NewX_AVM-DE_ClientPasswordMinChars": "8", "NewX_AVM-DE_ClientPasswordMaxChars": "64", "NewX_AVM-DE_ClientPasswordAllowedChars": "0-9A-Za-z-._",
}

// listOf writes <List> with an <Item> for each of n.
func listOf(n int, item func(int) string) string {
	var x strings.Builder
	x.WriteString("<List>")
	for i := range n {
		x.WriteString("<Item>" + item(i) + "</Item>")
	}
	x.WriteString("</List>")
	return x.String()
}

var _ = implement("X_VoIP:1", map[string]func(*request) (output, error){
	"GetInfoEx": func(*request) (output, error) { return limits, nil },
	"GetInfo": func(*request) (output, error) {
		return output{"NewFaxT38Enable": "1", "NewVoiceCoding": "auto"}, nil
	},
	"GetMaxVoIPNumbers": func(*request) (output, error) { return output{"NewMaxVoIPNumbers": "20"}, nil },
	"GetExistingVoIPNumbers": func(q *request) (output, error) {
		return output{"NewExistingVoIPNumbers": strconv.Itoa(len(q.t.numbers))}, nil
	},
	"X_AVM-DE_GetNumberOfNumbers": func(q *request) (output, error) {
		return output{"NewNumberOfNumbers": strconv.Itoa(len(q.t.numbers))}, nil
	},
	"X_AVM-DE_GetNumbers": func(q *request) (output, error) {
		n := q.t.numbers
		return output{"NewNumberList": listOf(len(n), func(i int) string {
			return element("Number", n[i].Number) + element("Type", n[i].Type) + element("Index", strconv.Itoa(i)) + element("Name", n[i].Name)
		})}, nil
	},
	"X_AVM-DE_GetNumberOfClients": func(q *request) (output, error) {
		return output{"NewX_AVM-DE_NumberOfClients": strconv.Itoa(len(q.t.clients))}, nil
	},
	"X_AVM-DE_GetClient2": (*request).clientOut,
	"X_AVM-DE_GetClient3": (*request).clientOut,
	"X_AVM-DE_GetClientByClientId": func(q *request) (output, error) {
		for i, c := range q.t.clients {
			if c.id != "" && c.id == q.args["NewX_AVM-DE_ClientId"] {
				return c.output(i), nil
			}
		}
		return nil, noSuchEntry
	},
	"X_AVM-DE_GetClients": func(q *request) (output, error) {
		return output{"NewX_AVM-DE_ClientList": listOf(len(q.t.clients), func(i int) string {
			var x strings.Builder
			out := q.t.clients[i].output(i)
			for _, name := range []string{"ClientIndex", "ClientUsername", "ClientRegistrar", "ClientRegistrarPort", "PhoneName", "ClientId", "OutGoingNumber", "InComingNumbers", "ExternalRegistration", "InternalNumber", "DelayedCallNotification"} {
				x.WriteString(element("X_AVM-DE_"+name, out["NewX_AVM-DE_"+name]))
			}
			return x.String()
		})}, nil
	},
	"X_AVM-DE_SetClient4": (*request).setClient,
	"X_AVM-DE_DeleteClient": func(q *request) (output, error) {
		_, at, err := q.client()
		if err != nil {
			return nil, err
		}
		q.t.clients = slices.Delete(q.t.clients, at, at+1)
		q.wrote(strconv.Itoa(620 + at))
		return nil, nil
	},
	"X_AVM-DE_SetDelayedCallNotification": func(q *request) (output, error) {
		c, at, err := q.client()
		if err != nil {
			return nil, err
		}
		c.delayed = q.on("NewX_AVM-DE_DelayedCallNotification")
		q.wrote(strconv.Itoa(620 + at))
		return nil, nil
	},
	"X_AVM-DE_GetPhonePort": func(q *request) (output, error) {
		ports, n := q.t.ports(), q.int("NewIndex")
		if n < 1 || n > len(ports) {
			return nil, noSuchIndex
		}
		return output{"NewX_AVM-DE_PhoneName": ports[n-1]}, nil
	},
	"X_AVM-DE_DialGetConfig": func(q *request) (output, error) {
		if !q.t.dialAid {
			return output{"NewX_AVM-DE_PhoneName": ""}, nil
		}
		return output{"NewX_AVM-DE_PhoneName": q.t.dialPhone}, nil
	},
	"X_AVM-DE_DialSetConfig": func(q *request) (output, error) {
		name := q.args["NewX_AVM-DE_PhoneName"]
		if !q.t.dialAid {
			return nil, actionFailed
		}
		if !slices.Contains(q.t.ports(), name) {
			return nil, valueInvalid
		}
		q.t.dialPhone = name
		q.wrote(name)
		return nil, nil
	},
	"X_AVM-DE_DialNumber": (*request).dial,
	"X_AVM-DE_DialHangup": (*request).hangup,

	"GetVoIPCommonCountryCode": func(q *request) (output, error) {
		return output{"NewVoIPCountryCode": q.t.country[1] + q.t.country[0]}, nil
	},
	"X_AVM-DE_GetVoIPCommonCountryCode": func(q *request) (output, error) {
		return output{"NewX_AVM-DE_LKZ": q.t.country[0], "NewX_AVM-DE_LKZPrefix": q.t.country[1]}, nil
	},
	"SetVoIPCommonCountryCode": func(q *request) (output, error) {
		q.t.country[0] = strings.TrimPrefix(q.args["NewVoIPCountryCode"], q.t.country[1])
		q.wrote(q.t.country[0])
		return nil, nil
	},
	"X_AVM-DE_SetVoIPCommonCountryCode": func(q *request) (output, error) {
		q.t.country = [2]string{q.args["NewX_AVM-DE_LKZ"], q.args["NewX_AVM-DE_LKZPrefix"]}
		q.wrote(q.t.country[0])
		return nil, nil
	},
	"GetVoIPCommonAreaCode": func(q *request) (output, error) {
		if q.t.area[0] == "" {
			return output{"NewVoIPAreaCode": ""}, nil
		}
		return output{"NewVoIPAreaCode": q.t.area[1] + q.t.area[0]}, nil
	},
	"X_AVM-DE_GetVoIPCommonAreaCode": func(q *request) (output, error) {
		return output{"NewX_AVM-DE_OKZ": q.t.area[0], "NewX_AVM-DE_OKZPrefix": q.t.area[1]}, nil
	},
	"SetVoIPCommonAreaCode": func(q *request) (output, error) {
		q.t.area[0] = strings.TrimPrefix(q.args["NewVoIPAreaCode"], q.t.area[1])
		q.wrote(q.t.area[0])
		return nil, nil
	},
	"X_AVM-DE_SetVoIPCommonAreaCode": func(q *request) (output, error) {
		q.t.area = [2]string{q.args["NewX_AVM-DE_OKZ"], q.args["NewX_AVM-DE_OKZPrefix"]}
		q.wrote(q.t.area[0])
		return nil, nil
	},
})
