package tr064

import (
	"context"
	"strconv"
	"time"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// Device is the box itself.
type Device struct {
	Description
	// Only a user with the right for the settings is told these; otherwise they are zero.
	Serial string
	Uptime time.Duration // if it went back, the box has restarted
}

// Device reads what the box is. Its description is read again, so that the services of a
// new firmware are known. The rest of an answer that holds something else as well, such as
// a log without an end, is done without.
func (c *Client) Device(ctx context.Context) (Device, error) {
	description, err := c.Description(ctx)
	if err != nil {
		return Device{}, err
	}
	d := Device{Description: description}
	a, err := c.Call(ctx, soap.DeviceInfo, "GetInfo")
	if info := (parts{}); info.failed(err) && info.hopeless(ctx) {
		return d, err
	}
	d.Serial = soap.Printable(a["SerialNumber"])
	if seconds, err := strconv.ParseUint(a["UpTime"], 10, 32); err == nil {
		d.Uptime = time.Duration(seconds) * time.Second
	}
	return d, nil
}
