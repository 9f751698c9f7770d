package tr064

import (
	"context"
	"strconv"
	"time"
)

// Device is the box itself.
type Device struct {
	Description
	// What only a user with the right for the settings is told; zero otherwise.
	Serial string
	Uptime time.Duration // going back, the box has restarted
}

// Device reads what the box is. Its description is read again, so that a new
// firmware's services are known.
func (c *Client) Device(ctx context.Context) (Device, error) {
	root, err := c.describe(ctx)
	if err != nil {
		return Device{}, wrap("tr64desc.xml", err)
	}
	c.learn(root)
	own := root.child("device")
	d := Device{Description: describedBy(
		root.child("systemVersion").value("Display"), own.value("manufacturer"), own.value("modelName"), own.value("friendlyName"))}
	a, err := c.call(ctx, deviceInfo, "GetInfo")
	if err != nil {
		if skippable(err) {
			return d, nil
		}
		return d, err
	}
	d.Serial = clean(a["SerialNumber"])
	if seconds, err := strconv.ParseUint(a["UpTime"], 10, 32); err == nil {
		d.Uptime = time.Duration(seconds) * time.Second
	}
	return d, nil
}

// Access says who we are to the box and what we may do.
type Access struct {
	User     string
	Phone    bool // voice messages, call list, phonebooks, dialling
	Settings bool
}

// Access asks the box for our rights: the way to tell which one is missing before
// something fails.
func (c *Client) Access(ctx context.Context) (Access, error) {
	a, err := c.call(ctx, configSecurity, "X_AVM-DE_GetCurrentUser")
	if err != nil {
		return Access{}, err
	}
	access := Access{User: clean(a["X_AVM-DE_CurrentUsername"])}
	root, err := readText(a["X_AVM-DE_CurrentUserRights"])
	if err != nil {
		return access, wrap("X_AVM-DE_GetCurrentUser", &Error{Reason: BadAnswer, Err: err})
	}
	path := ""
	for _, k := range root.kids {
		switch k.name {
		case "path":
			path = clean(k.text)
		case "access":
			granted := clean(k.text) == "readwrite" || clean(k.text) == "readonly"
			switch path {
			case "BoxAdmin":
				access.Settings = granted
			case "Phone":
				access.Phone = granted
			}
		}
	}
	access.Phone = access.Phone || access.Settings // the one includes the other
	return access, nil
}
