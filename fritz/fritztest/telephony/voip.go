package telephony

import (
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

const (
	maxSIPClients = 10  // IP phones 620 to 629
	firstInternal = 620 // internal number of the first of them
	maxDialled    = 64  // characters of a number that is dialled
)

// sipClient is an IP phone that is set up in the box, extension 20 and on.
type sipClient struct {
	user, password, phone, id string
	outgoing, incoming        string
	delayed                   bool
}

// DialAid switches the dialling aid in the box's menu; without it DialNumber fails
// with 501. At first it is on, with the first phone.
func (t *Services) DialAid(on bool) { t.edit(func() { t.dialAid = on }) }

// ports are the phones of the dialling aid by their names; IP phones are not among
// them.
func (t *Services) ports() []string {
	var list []string
	for i, name := range t.analog {
		list = append(list, "FON"+strconv.Itoa(i+1)+": "+name)
	}
	list = append(list, "ISDN: ISDN/DECT Rundruf")
	for _, h := range t.handsets {
		list = append(list, "DECT: "+h.name)
	}
	return list
}

// dialExtension is the extension of the dialling aid's phone.
func (t *Services) dialExtension() int {
	at := slices.Index(t.ports(), t.dialPhone)
	switch {
	case at < len(t.analog):
		return max(at, 0)
	case at == len(t.analog):
		return 4
	}
	return 10 + at - len(t.analog) - 1
}

// client finds the IP phone of a request.
func (q *request) client() (*sipClient, int, error) {
	at := q.Int("NewX_AVM-DE_ClientIndex")
	if at < 0 || at >= len(q.t.clients) {
		return nil, 0, tr064.NoSuchIndex
	}
	return q.t.clients[at], at, nil
}

func (c *sipClient) output(at int) tr064.Output {
	return tr064.Output{
		"NewX_AVM-DE_ClientIndex": strconv.Itoa(at), "NewX_AVM-DE_ClientUsername": c.user,
		"NewX_AVM-DE_ClientRegistrar": "fritz.box", "NewX_AVM-DE_ClientRegistrarPort": "5060",
		"NewX_AVM-DE_PhoneName": c.phone, "NewX_AVM-DE_ClientId": c.id, "NewX_AVM-DE_OutGoingNumber": c.outgoing,
		"NewX_AVM-DE_InComingNumbers": c.incoming, "NewX_AVM-DE_ExternalRegistration": "0",
		"NewX_AVM-DE_InternalNumber": strconv.Itoa(firstInternal + at), "NewX_AVM-DE_DelayedCallNotification": tr064.Flag(c.delayed),
	}
}

// clientOut is tr064.Output for those operations whose description has fewer arguments.
func (q *request) clientOut() (tr064.Output, error) {
	c, at, err := q.client()
	if err != nil {
		return nil, err
	}
	return c.output(at), nil
}

// setClient makes or overwrites an IP phone.
func (q *request) setClient() (tr064.Output, error) {
	at, user, password := q.Int("NewX_AVM-DE_ClientIndex"), q.Args["NewX_AVM-DE_ClientUsername"], q.Args["NewX_AVM-DE_ClientPassword"]
	if at < 0 || at > len(q.t.clients) || at >= maxSIPClients {
		return nil, tr064.NoSuchIndex
	}
	for _, text := range []string{user, password} {
		if strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
			return nil, tr064.BadCharacters
		}
	}
	switch {
	case len(user) < 4 || len(password) < 8:
		return nil, tr064.TooShort
	case len(user) > 64 || len(password) > 64:
		return nil, tr064.TooLong
	}
	for i, c := range q.t.clients {
		if c.user == user && i != at {
			return nil, tr064.InternalError
		}
	}
	c := &sipClient{
		user: user, password: password, phone: q.Args["NewX_AVM-DE_PhoneName"], id: q.Args["NewX_AVM-DE_ClientId"],
		outgoing: q.Args["NewX_AVM-DE_OutGoingNumber"], incoming: q.Args["NewX_AVM-DE_InComingNumbers"],
	}
	if at == len(q.t.clients) {
		q.t.clients = append(q.t.clients, c)
	} else {
		q.t.clients[at] = c
	}
	q.Wrote(strconv.Itoa(firstInternal+at) + " " + c.phone)
	return tr064.Output{"NewX_AVM-DE_InternalNumber": strconv.Itoa(firstInternal + at)}, nil
}

// dial is a call by the dialling aid, or a code that switches the call monitor.
func (q *request) dial() (tr064.Output, error) {
	t, number := q.t, q.Args["NewX_AVM-DE_PhoneNumber"]
	if !t.dialAid || t.dialPhone == "" || q.Open() {
		return nil, tr064.ActionFailed // a box without a password does not dial either
	}
	if number == "" || len(number) > maxDialled || strings.Trim(number, "0123456789+*#() ") != "" {
		return nil, tr064.ValueInvalid
	}
	ext, own := t.dialExtension(), ""
	if len(t.numbers) > 0 {
		own = t.numbers[0].Number
	}
	q.Wrote(number)
	if q.Enter(number) {
		return nil, nil
	}
	q.Before = func() {
		switch {
		case number == "#96*5*":
			t.opt.SwitchMonitor(true)
		case number == "#96*4*":
			t.opt.SwitchMonitor(false)
		case strings.HasPrefix(number, "**"):
			t.opt.DialInside(ext, strings.TrimSuffix(number, "#"))
		case strings.HasPrefix(number, "*"): // a code of the box: nothing to be seen
		default:
			if giveUp := t.opt.Dial(ext, own, number); giveUp != nil {
				t.mu.Lock()
				t.giveUp = giveUp
				t.mu.Unlock()
			}
		}
	}
	return nil, nil
}

// hangup ends the call that the dialling aid is setting up, and no other.
func (q *request) hangup() (tr064.Output, error) {
	if giveUp := q.t.giveUp; giveUp != nil {
		q.t.giveUp = nil
		q.Before = giveUp
	}
	return nil, nil
}

// limits are the bounds of strings that GetInfoEx tells.
var limits = tr064.Output{
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

var _ = implement("X_VoIP:1", map[string]action{
	"GetInfoEx": func(*request) (tr064.Output, error) { return limits, nil },
	"GetInfo": func(*request) (tr064.Output, error) {
		return tr064.Output{"NewFaxT38Enable": "1", "NewVoiceCoding": "auto"}, nil
	},
	"GetMaxVoIPNumbers": func(*request) (tr064.Output, error) { return tr064.Output{"NewMaxVoIPNumbers": "20"}, nil },
	"GetExistingVoIPNumbers": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewExistingVoIPNumbers": strconv.Itoa(len(q.t.numbers))}, nil
	},
	"X_AVM-DE_GetNumberOfNumbers": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewNumberOfNumbers": strconv.Itoa(len(q.t.numbers))}, nil
	},
	"X_AVM-DE_GetNumbers": func(q *request) (tr064.Output, error) {
		n := q.t.numbers
		return tr064.Output{"NewNumberList": listOf(len(n), func(i int) string {
			return tr064.Element("Number", n[i].Number) + tr064.Element("Type", n[i].Type) + tr064.Element("Index", strconv.Itoa(i)) + tr064.Element("Name", n[i].Name)
		})}, nil
	},
	"X_AVM-DE_GetNumberOfClients": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewX_AVM-DE_NumberOfClients": strconv.Itoa(len(q.t.clients))}, nil
	},
	"X_AVM-DE_GetClient2": (*request).clientOut,
	"X_AVM-DE_GetClient3": (*request).clientOut,
	"X_AVM-DE_GetClientByClientId": func(q *request) (tr064.Output, error) {
		for i, c := range q.t.clients {
			if c.id != "" && c.id == q.Args["NewX_AVM-DE_ClientId"] {
				return c.output(i), nil
			}
		}
		return nil, tr064.NoSuchEntry
	},
	"X_AVM-DE_GetClients": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewX_AVM-DE_ClientList": listOf(len(q.t.clients), func(i int) string {
			var x strings.Builder
			out := q.t.clients[i].output(i)
			for _, name := range []string{"ClientIndex", "ClientUsername", "ClientRegistrar", "ClientRegistrarPort", "PhoneName", "ClientId", "OutGoingNumber", "InComingNumbers", "ExternalRegistration", "InternalNumber", "DelayedCallNotification"} {
				x.WriteString(tr064.Element("X_AVM-DE_"+name, out["NewX_AVM-DE_"+name]))
			}
			return x.String()
		})}, nil
	},
	"X_AVM-DE_SetClient4": (*request).setClient,
	"X_AVM-DE_DeleteClient": func(q *request) (tr064.Output, error) {
		_, at, err := q.client()
		if err != nil {
			return nil, err
		}
		q.t.clients = slices.Delete(q.t.clients, at, at+1)
		q.Wrote(strconv.Itoa(firstInternal + at))
		return nil, nil
	},
	"X_AVM-DE_SetDelayedCallNotification": func(q *request) (tr064.Output, error) {
		c, at, err := q.client()
		if err != nil {
			return nil, err
		}
		c.delayed = q.On("NewX_AVM-DE_DelayedCallNotification")
		q.Wrote(strconv.Itoa(firstInternal + at))
		return nil, nil
	},
	"X_AVM-DE_GetPhonePort": func(q *request) (tr064.Output, error) {
		ports, n := q.t.ports(), q.Int("NewIndex")
		if n < 1 || n > len(ports) {
			return nil, tr064.NoSuchIndex
		}
		return tr064.Output{"NewX_AVM-DE_PhoneName": ports[n-1]}, nil
	},
	"X_AVM-DE_DialGetConfig": func(q *request) (tr064.Output, error) {
		if !q.t.dialAid {
			return tr064.Output{"NewX_AVM-DE_PhoneName": ""}, nil
		}
		return tr064.Output{"NewX_AVM-DE_PhoneName": q.t.dialPhone}, nil
	},
	"X_AVM-DE_DialSetConfig": func(q *request) (tr064.Output, error) {
		name := q.Args["NewX_AVM-DE_PhoneName"]
		if !q.t.dialAid {
			return nil, tr064.ActionFailed
		}
		if !slices.Contains(q.t.ports(), name) {
			return nil, tr064.ValueInvalid
		}
		q.t.dialPhone = name
		q.Wrote(name)
		return nil, nil
	},
	"X_AVM-DE_DialNumber": (*request).dial,
	"X_AVM-DE_DialHangup": (*request).hangup,

	"GetVoIPCommonCountryCode": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewVoIPCountryCode": q.t.country[1] + q.t.country[0]}, nil
	},
	"X_AVM-DE_GetVoIPCommonCountryCode": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewX_AVM-DE_LKZ": q.t.country[0], "NewX_AVM-DE_LKZPrefix": q.t.country[1]}, nil
	},
	"SetVoIPCommonCountryCode": func(q *request) (tr064.Output, error) {
		q.t.country[0] = strings.TrimPrefix(q.Args["NewVoIPCountryCode"], q.t.country[1])
		q.Wrote(q.t.country[0])
		return nil, nil
	},
	"X_AVM-DE_SetVoIPCommonCountryCode": func(q *request) (tr064.Output, error) {
		q.t.country = [2]string{q.Args["NewX_AVM-DE_LKZ"], q.Args["NewX_AVM-DE_LKZPrefix"]}
		q.Wrote(q.t.country[0])
		return nil, nil
	},
	"GetVoIPCommonAreaCode": func(q *request) (tr064.Output, error) {
		if q.t.area[0] == "" {
			return tr064.Output{"NewVoIPAreaCode": ""}, nil
		}
		return tr064.Output{"NewVoIPAreaCode": q.t.area[1] + q.t.area[0]}, nil
	},
	"X_AVM-DE_GetVoIPCommonAreaCode": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewX_AVM-DE_OKZ": q.t.area[0], "NewX_AVM-DE_OKZPrefix": q.t.area[1]}, nil
	},
	"SetVoIPCommonAreaCode": func(q *request) (tr064.Output, error) {
		q.t.area[0] = strings.TrimPrefix(q.Args["NewVoIPAreaCode"], q.t.area[1])
		q.Wrote(q.t.area[0])
		return nil, nil
	},
	"X_AVM-DE_SetVoIPCommonAreaCode": func(q *request) (tr064.Output, error) {
		q.t.area = [2]string{q.Args["NewX_AVM-DE_OKZ"], q.Args["NewX_AVM-DE_OKZPrefix"]}
		q.Wrote(q.t.area[0])
		return nil, nil
	},
})
