package check

import (
	"bufio"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// defaultRouter is the default gateway of this network, which in most homes is the
// FRITZ!Box. Linux has it in a file; on other systems it is not known.
func defaultRouter() (netip.Addr, bool) {
	file, err := os.Open("/proc/net/route")
	if err != nil {
		return netip.Addr{}, false
	}
	defer file.Close() //nolint:errcheck // only read
	return readRoutes(file)
}

// readRoutes finds the default route with the lowest metric in the kernel's table:
//
//	Iface Destination Gateway  Flags RefCnt Use Metric Mask     MTU Window IRTT
//	eth0  00000000    01B2A8C0 0003  0      0   100    00000000 0   0      0
//
// Addresses are in the byte order of the machine, little-endian on all that
// callporter is built for; flag 2 marks a route by way of a gateway.
func readRoutes(table io.Reader) (best netip.Addr, ok bool) {
	least := uint64(0)
	lines := bufio.NewScanner(io.LimitReader(table, 1<<20))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		address, err := hex.DecodeString(f[2])
		flags, flagsErr := strconv.ParseUint(f[3], 16, 32)
		metric, metricErr := strconv.ParseUint(f[6], 10, 32)
		if err != nil || len(address) != 4 || flagsErr != nil || metricErr != nil || flags&2 == 0 {
			continue
		}
		if !ok || metric < least {
			best, least, ok = netip.AddrFrom4([4]byte{address[3], address[2], address[1], address[0]}), metric, true
		}
	}
	return best, ok
}
