package gateway

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // what phonebooks hold beside JPEG
	"image/jpeg"
	_ "image/png"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
)

// Limits of pictures.
const (
	maxPicture   = 128 << 10 // bytes; the embedded broker takes 256 KiB
	maxSide      = 2048      // pixels
	maxPictures  = 32        // kept in memory
	pictureLife  = 6 * time.Hour
	pictureLimit = 10 * time.Second // for fetching one
)

// face is a call whose picture is wanted, and where the box has it.
type face struct {
	call call.ID
	path string
}

// painted is a picture in memory, nil where there is none to show.
type painted struct {
	jpeg []byte
	at   time.Time
}

// blank is the picture while nobody calls who has one: Home Assistant knows no empty
// one.
var blank = sync.OnceValue(func() []byte {
	canvas := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range canvas.Pix {
		canvas.Pix[i] = 0xee
	}
	var text bytes.Buffer
	if jpeg.Encode(&text, canvas, nil) != nil {
		return nil
	}
	return text.Bytes()
})

// showFace has the picture of a caller shown as soon as it is there. The newest call
// counts.
func (b *box) showFace(c *call.Call) {
	if b.faces == nil {
		return
	}
	match, found := b.contacts.Find(c.Caller.Number)
	if !found || match.Contact.Image == "" {
		return
	}
	b.face = c.ID
	select {
	case <-b.faces: // an older one nobody has fetched yet
	default:
	}
	select {
	case b.faces <- face{c.ID, match.Contact.Image}:
	default:
	}
}

// hideFace ends the picture of a call.
func (b *box) hideFace(c *call.Call) {
	if b.faces != nil && b.face == c.ID {
		b.face = ""
		b.publish.Retain(b.topics.Picture, blank())
	}
}

// paint fetches pictures until ctx ends, beside the loop, so that no event waits for
// one. What was fetched once is kept for some hours.
func (b *box) paint(ctx context.Context) error {
	kept := map[string]painted{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-b.faces:
			p, known := kept[f.path]
			if !known || b.now().Sub(p.at) > pictureLife {
				var err error
				if p, err = b.fetch(ctx, f.path); err != nil {
					b.log.Debug("a caller's picture is not shown", "call", f.call, "error", err)
				}
				if len(kept) >= maxPictures {
					clear(kept)
				}
				if ctx.Err() == nil && (err == nil || errors.Is(err, errPicture)) {
					kept[f.path] = p
				}
			}
			if p.jpeg != nil {
				b.post(ctx, func() {
					if b.face == f.call { // it still goes on
						b.publish.Retain(b.topics.Picture, p.jpeg)
					}
				})
			}
		}
	}
}

var errPicture = errors.New("no picture that can be shown")

// fetch gets a picture from the box and makes it a JPEG.
func (b *box) fetch(ctx context.Context, path string) (painted, error) {
	ctx, cancel := context.WithTimeout(ctx, pictureLimit)
	defer cancel()
	p := painted{at: b.now()}
	found, err := b.access.client.Image(ctx, path)
	if err != nil {
		return p, err
	}
	p.jpeg, err = asJPEG(found.Data)
	return p, err
}

// asJPEG makes a JPEG of bounded size of a picture. It was uploaded by somebody, so
// nothing is decoded before its size is known.
func asJPEG(data []byte) ([]byte, error) {
	about, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || about.Width < 1 || about.Height < 1 || about.Width > maxSide || about.Height > maxSide {
		return nil, errPicture
	}
	if kind == "jpeg" && len(data) <= maxPicture {
		return data, nil
	}
	source, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errPicture
	}
	for step := 1; step <= 16; step *= 2 {
		var text bytes.Buffer
		if jpeg.Encode(&text, smaller(source, step), nil) == nil && text.Len() <= maxPicture {
			return text.Bytes(), nil
		}
	}
	return nil, errPicture
}

// smaller takes every step-th pixel of a picture, on white where it is transparent.
func smaller(source image.Image, step int) image.Image {
	from := source.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, (from.Dx()+step-1)/step, (from.Dy()+step-1)/step))
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			r, g, b, a := source.At(from.Min.X+x*step, from.Min.Y+y*step).RGBA()
			white := 0xffff - a
			to.SetRGBA(x, y, color.RGBA{uint8((r + white) >> 8), uint8((g + white) >> 8), uint8((b + white) >> 8), 0xff})
		}
	}
	return to
}
