package tr064

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

var _ = implement("DeviceInfo:1", map[string]Action{
	"GetInfo": func(q *Request) (Output, error) {
		m := q.server.model
		return Output{
			"NewManufacturerName": m.Maker, "NewManufacturerOUI": strings.ReplaceAll(m.Serial, ":", "")[:6],
			"NewModelName": m.Name, "NewDescription": m.Name + " " + m.Firmware, "NewProductClass": m.Maker + "FB" + strings.TrimPrefix(m.Name, "FRITZ!Box "),
			"NewSerialNumber": strings.ReplaceAll(m.Serial, ":", ""), "NewSoftwareVersion": m.Firmware,
			"NewHardwareVersion": m.Name, "NewSpecVersion": "1.0", "NewProvisioningCode": "",
			"NewUpTime":    strconv.Itoa(max(0, int(q.uptime.Sub(q.server.started)/time.Second))),
			"NewDeviceLog": q.server.deviceLog(q),
		}, nil
	},
	"GetDeviceLog": func(q *Request) (Output, error) {
		return Output{"NewDeviceLog": q.server.deviceLog(q)}, nil
	},
	"GetSecurityPort": func(q *Request) (Output, error) {
		return Output{"NewSecurityPort": strconv.Itoa(q.server.securityPort())}, nil
	},
})

// deviceLog is what the box logs of itself: its start.
func (t *Server) deviceLog(q *Request) string {
	begun := q.Wall.Add(-q.uptime.Sub(t.started))
	return begun.Format("02.01.06 15:04:05") + " FRITZ!Box wurde neu gestartet."
}

// securityPort is the https port; 49443 as long as none is open.
func (t *Server) securityPort() int {
	if addr, ok := t.secure.address().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 49443
}

var _ = implement("DeviceConfig:1", map[string]Action{
	"GetPersistentData": func(q *Request) (Output, error) {
		return Output{"NewPersistentData": q.server.persistent}, nil
	},
	"SetPersistentData": func(q *Request) (Output, error) {
		q.server.persistent = q.Args["NewPersistentData"]
		q.Wrote("")
		return nil, nil
	},
	"ConfigurationStarted":  func(*Request) (Output, error) { return nil, nil },
	"ConfigurationFinished": func(*Request) (Output, error) { return Output{"NewStatus": "ChangesApplied"}, nil },
	"Reboot": func(q *Request) (Output, error) {
		t := q.server
		q.Wrote("")
		q.after = func() {
			t.running.Add(1)
			go func() {
				defer t.running.Done()
				_ = t.opt.Restart(func() error { t.wait(rebootTime); return nil }) // what failed shows in State
			}()
		}
		return nil, nil
	},
	"X_GenerateUUID": func(*Request) (Output, error) {
		return Output{"NewUUID": fmt.Sprintf("uuid:%s-%s-%s-%s-%s", hexDigits(4), hexDigits(2), hexDigits(2), hexDigits(2), hexDigits(6))}, nil
	},
	"X_AVM-DE_CreateUrlSID": func(q *Request) (Output, error) {
		return Output{"NewX_AVM-DE_UrlSID": "sid=" + q.server.session(q.uptime)}, nil
	},
})

// wait waits, but not beyond the end of the box.
func (t *Server) wait(d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-t.closed:
	}
}

var _ = implement("LANConfigSecurity:1", map[string]Action{
	"GetInfo": func(*Request) (Output, error) {
		return Output{
			"NewMaxCharsPassword": "32", "NewMinCharsPassword": "0", "NewAllowedCharsPassword": "0-9A-Za-z !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
			"NewAllowedCharsUsername": "0-9A-Za-z-._@", "NewX_AVM-DE_IsDefaultPasswordActive": "0",
		}, nil
	},
	"X_AVM-DE_GetAnonymousLogin": func(q *Request) (Output, error) {
		return Output{"NewX_AVM-DE_AnonymousLoginEnabled": Flag(len(q.server.users) == 0), "NewX_AVM-DE_ButtonLoginEnabled": "0"}, nil
	},
	"X_AVM-DE_GetCurrentUser": func(q *Request) (Output, error) {
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
			x.WriteString(Element("path", r.path) + Element("access", access))
		}
		x.WriteString("</rights>")
		return Output{"NewX_AVM-DE_CurrentUsername": name, "NewX_AVM-DE_CurrentUserRights": x.String()}, nil
	},
	"X_AVM-DE_GetUserList": func(q *Request) (Output, error) {
		var x strings.Builder
		x.WriteString("<List>")
		for _, name := range q.server.userNames() {
			x.WriteString(`<Username last_user="` + Flag(q.server.users[name].Last) + `">` + Escape(name) + "</Username>")
		}
		x.WriteString("</List>")
		return Output{"NewX_AVM-DE_UserList": x.String()}, nil
	},
	"SetConfigPassword": func(q *Request) (Output, error) {
		if q.user != nil {
			q.user.Password = q.Args["NewPassword"]
		}
		q.Wrote("")
		return nil, nil
	},
})
