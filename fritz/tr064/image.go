package tr064

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

const maxImage = 2 << 20 // bytes

// Image is a contact's picture.
type Image struct {
	Type string // image/jpeg, image/png, image/gif
	Data []byte
}

// Image fetches the picture of a contact; at is its [Contact.Image]. The box wants a
// session for it, which Image requests first.
func (c *Client) Image(ctx context.Context, at string) (Image, error) {
	// Older entries have the path of the file instead of the page that serves it.
	if file, ok := strings.CutPrefix(at, "file://"); ok {
		at = "/download.lua?path=" + url.QueryEscape(file)
	}
	path, err := c.OwnPath(at)
	if err != nil {
		return Image{}, err
	}
	a, err := c.Call(ctx, soap.DeviceConfig, "X_AVM-DE_CreateUrlSID")
	if err != nil {
		return Image{}, err
	}
	session, found := strings.CutPrefix(a["X_AVM-DE_UrlSID"], "sid=")
	if !found || session == "" {
		return Image{}, &Error{Reason: BadAnswer, Action: "X_AVM-DE_CreateUrlSID", Text: "no session"}
	}
	var image Image
	err = c.Get(ctx, withQuery(path, "sid", session), maxImage, func(response *http.Response) error {
		data, err := io.ReadAll(response.Body)
		if err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		switch kind := http.DetectContentType(data); kind {
		case "image/jpeg", "image/png", "image/gif", "image/webp":
			image = Image{Type: kind, Data: bytes.Clone(data)}
			return nil
		}
		return &Error{Reason: BadAnswer, Text: "no picture"}
	})
	return image, soap.Wrap("download.lua", err)
}
