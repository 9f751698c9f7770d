package check

import (
	"net/netip"
	"strings"
	"testing"
)

func TestReadRoutes(t *testing.T) {
	const head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
	for name, test := range map[string]struct{ table, want string }{
		"home":      {head + "eth0\t00000000\t01B2A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t00B2A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", "192.168.178.1"},
		"container": {head + "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", "172.17.0.1"},
		"two": {head + "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n" +
			"eth0\t00000000\t01B2A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", "192.168.178.1"},
		"without a gateway": {head + "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n", ""},
		"half of a VPN's":   {head + "tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n", ""},
		"none":              {head, ""},
		"nonsense":          {head + "eth0\t00000000\tzz\t0003\t0\t0\t0\t00000000\neth0\t00000000\t01\t3\t0\t0\t-1\t00000000\n\n", ""},
	} {
		got, ok := readRoutes(strings.NewReader(test.table))
		if ok != (test.want != "") || ok && got != netip.MustParseAddr(test.want) {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}
