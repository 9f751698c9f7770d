package telephony

import (
	"fmt"
	"strconv"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

var _ = implement("Hosts:1", map[string]action{
	"GetHostNumberOfEntries": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewHostNumberOfEntries": strconv.Itoa(len(q.t.clients))}, nil
	},
	// The devices of the home network are the IP phones.
	"GetGenericHostEntry": func(q *request) (tr064.Output, error) {
		at := q.Int("NewIndex")
		if at < 0 || at >= len(q.t.clients) {
			return nil, tr064.NoSuchIndex
		}
		return tr064.Output{
			"NewIPAddress": fmt.Sprintf("192.168.178.%d", 20+at), "NewAddressSource": "DHCP", "NewLeaseTimeRemaining": "0",
			"NewMACAddress": fmt.Sprintf("02:00:00:00:07:%02X", at), "NewInterfaceType": "Ethernet", "NewActive": "1",
			"NewHostName": q.t.clients[at].phone,
		}, nil
	},
})
