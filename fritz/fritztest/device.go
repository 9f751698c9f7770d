package fritztest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// rebootTime is how long the box is gone after Reboot.
const rebootTime = 2 * time.Second

var _ = implement("DeviceInfo:1", map[string]func(*request) (output, error){
	"GetInfo": func(q *request) (output, error) {
		m := q.t.model
		return output{
			"NewManufacturerName": m.Maker, "NewManufacturerOUI": strings.ReplaceAll(m.Serial, ":", "")[:6],
			"NewModelName": m.Name, "NewDescription": m.Name + " " + m.Firmware, "NewProductClass": m.Maker + "FB" + strings.TrimPrefix(m.Name, "FRITZ!Box "),
			"NewSerialNumber": strings.ReplaceAll(m.Serial, ":", ""), "NewSoftwareVersion": m.Firmware,
			"NewHardwareVersion": m.Name, "NewSpecVersion": "1.0", "NewProvisioningCode": "",
			"NewUpTime":    strconv.Itoa(max(0, int(q.uptime.Sub(q.t.started)/time.Second))),
			"NewDeviceLog": q.t.deviceLog(q),
		}, nil
	},
	"GetDeviceLog": func(q *request) (output, error) {
		return output{"NewDeviceLog": q.t.deviceLog(q)}, nil
	},
	"GetSecurityPort": func(q *request) (output, error) {
		return output{"NewSecurityPort": strconv.Itoa(q.t.securityPort())}, nil
	},
})

// deviceLog is what the box logs of itself: its start.
func (t *tr064) deviceLog(q *request) string {
	begun := q.wall.Add(-q.uptime.Sub(t.started))
	return begun.Format("02.01.06 15:04:05") + " FRITZ!Box wurde neu gestartet."
}

// securityPort is the https port; 49443 as long as none is open.
func (t *tr064) securityPort() int {
	if addr, ok := t.secure.address().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 49443
}

var _ = implement("DeviceConfig:1", map[string]func(*request) (output, error){
	"GetPersistentData": func(q *request) (output, error) {
		return output{"NewPersistentData": q.t.persistent}, nil
	},
	"SetPersistentData": func(q *request) (output, error) {
		q.t.persistent = q.args["NewPersistentData"]
		q.wrote("")
		return nil, nil
	},
	"ConfigurationStarted":  func(*request) (output, error) { return nil, nil },
	"ConfigurationFinished": func(*request) (output, error) { return output{"NewStatus": "ChangesApplied"}, nil },
	"Reboot": func(q *request) (output, error) {
		t := q.t
		q.wrote("")
		q.after = func() {
			t.running.Add(1)
			go func() {
				defer t.running.Done()
				_ = t.box.RestartDuring(func() error { t.wait(rebootTime); return nil }) // what failed shows in State
			}()
		}
		return nil, nil
	},
	"X_GenerateUUID": func(*request) (output, error) {
		return output{"NewUUID": fmt.Sprintf("uuid:%s-%s-%s-%s-%s", hexDigits(4), hexDigits(2), hexDigits(2), hexDigits(2), hexDigits(6))}, nil
	},
	"X_AVM-DE_CreateUrlSID": func(q *request) (output, error) {
		return output{"NewX_AVM-DE_UrlSID": "sid=" + q.t.session(q.uptime)}, nil
	},
})

// wait waits, but not beyond the end of the box.
func (t *tr064) wait(d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-t.closed:
	}
}

var _ = implement("LANConfigSecurity:1", map[string]func(*request) (output, error){
	"GetInfo": func(*request) (output, error) {
		return output{
			"NewMaxCharsPassword": "32", "NewMinCharsPassword": "0", "NewAllowedCharsPassword": "0-9A-Za-z !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
			"NewAllowedCharsUsername": "0-9A-Za-z-._@", "NewX_AVM-DE_IsDefaultPasswordActive": "0",
		}, nil
	},
	"X_AVM-DE_GetAnonymousLogin": func(q *request) (output, error) {
		return output{"NewX_AVM-DE_AnonymousLoginEnabled": flag(len(q.t.users) == 0), "NewX_AVM-DE_ButtonLoginEnabled": "0"}, nil
	},
	"X_AVM-DE_GetCurrentUser": func(q *request) (output, error) {
		var x strings.Builder
		x.WriteString("<rights>")
		name := ""
		if q.user != nil {
			name = q.user.Name
		}
		for _, r := range rightNames {
			access := "none"
			if q.user == nil || q.user.may(r.letter) {
				access = "readwrite"
			}
			x.WriteString(element("path", r.path) + element("access", access))
		}
		x.WriteString("</rights>")
		return output{"NewX_AVM-DE_CurrentUsername": name, "NewX_AVM-DE_CurrentUserRights": x.String()}, nil
	},
	"X_AVM-DE_GetUserList": func(q *request) (output, error) {
		var x strings.Builder
		x.WriteString("<List>")
		for _, name := range q.t.userNames() {
			x.WriteString(`<Username last_user="` + flag(q.t.users[name].Last) + `">` + escaped(name) + "</Username>")
		}
		x.WriteString("</List>")
		return output{"NewX_AVM-DE_UserList": x.String()}, nil
	},
	"SetConfigPassword": func(q *request) (output, error) {
		if q.user != nil {
			q.user.Password = q.args["NewPassword"]
		}
		q.wrote("")
		return nil, nil
	},
})

var _ = implement("Time:1", map[string]func(*request) (output, error){
	"GetInfo": func(q *request) (output, error) {
		_, offset := q.wall.Zone()
		out := output{
			"NewNTPServer1": q.t.ntp[0], "NewNTPServer2": q.t.ntp[1],
			"NewCurrentLocalTime": q.wall.Format("2006-01-02T15:04:05-07:00"),
			"NewLocalTimeZone":    fmt.Sprintf("%+03d:%02d", offset/3600, offset%3600/60), "NewLocalTimeZoneName": q.wall.Location().String(),
			"NewDaylightSavingsUsed": "0", "NewDaylightSavingsStart": "0001-01-01T00:00:00", "NewDaylightSavingsEnd": "0001-01-01T00:00:00",
		}
		if spring, err := change(q.wall, false); err == nil {
			out["NewDaylightSavingsUsed"] = "1"
			out["NewDaylightSavingsStart"] = spring.Format("2006-01-02T15:04:05-07:00")
			if autumn, err := change(q.wall, true); err == nil {
				out["NewDaylightSavingsEnd"] = autumn.Format("2006-01-02T15:04:05-07:00")
			}
		}
		return out, nil
	},
	"SetNTPServers": func(q *request) (output, error) {
		q.t.ntp = [2]string{q.args["NewNTPServer1"], q.args["NewNTPServer2"]}
		q.wrote("")
		return nil, nil
	},
})

var _ = implement("Hosts:1", map[string]func(*request) (output, error){
	"GetHostNumberOfEntries": func(q *request) (output, error) {
		return output{"NewHostNumberOfEntries": strconv.Itoa(len(q.t.clients))}, nil
	},
	// The devices of the home network are the IP phones.
	"GetGenericHostEntry": func(q *request) (output, error) {
		at := q.int("NewIndex")
		if at < 0 || at >= len(q.t.clients) {
			return nil, noSuchIndex
		}
		return output{
			"NewIPAddress": fmt.Sprintf("192.168.178.%d", 20+at), "NewAddressSource": "DHCP", "NewLeaseTimeRemaining": "0",
			"NewMACAddress": fmt.Sprintf("02:00:00:00:07:%02X", at), "NewInterfaceType": "Ethernet", "NewActive": "1",
			"NewHostName": q.t.clients[at].phone,
		}, nil
	},
})
