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
	"log/slog"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/poll"
)

// Limits of pictures.
const (
	maxPicture   = 128 << 10 // bytes; the embedded broker takes 256 KiB
	maxSide      = 2048      // pixels
	maxPictures  = 32        // kept in memory
	pictureLife  = 6 * time.Hour
	pictureLimit = 10 * time.Second // for fetching one
)

// wanted is a call whose picture is to be shown, and where the box has it.
type pictureRequest struct {
	call call.ID
	path string
}

// fetched is a picture in memory, nil where there is none to show.
type picture struct {
	jpeg []byte
	at   time.Time
}

// pictures show the caller's picture while a call goes on. The newest call counts.
type pictures struct {
	poller    *poll.Poller
	publisher publisher
	topic     string
	now       func() time.Time
	log       *slog.Logger
	requests  chan pictureRequest // holds the newest

	mu          sync.Mutex
	currentCall call.ID // the call whose picture is shown or fetched
}

func newPictures(b *box) *pictures {
	return &pictures{poller: b.poller, publisher: b.publisher, topic: b.topics.Picture, now: b.now, log: b.log, requests: make(chan pictureRequest, 1)}
}

// blank is the picture while nobody calls who has one: Home Assistant knows no empty
// one.
var blankPicture = sync.OnceValue(func() []byte {
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

// Observe has the picture of a caller shown as soon as it is there, until the call ends.
func (p *pictures) Observe(_ string, t call.Transition) {
	switch {
	case t.Type == call.EventRing:
		p.request(&t.Call)
	case t.Type.Closing():
		p.hide(t.Call.ID)
	}
}

func (p *pictures) request(c *call.Call) {
	match, found := p.poller.Current().Contacts.Find(c.Caller.Number)
	if !found || match.Contact.Image == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.currentCall = c.ID
	select {
	case <-p.requests: // an older one nobody has fetched yet
	default:
	}
	p.requests <- pictureRequest{c.ID, match.Contact.Image}
}

func (p *pictures) hide(id call.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.currentCall == id {
		p.currentCall = ""
		p.publisher.Retain(p.topic, blankPicture())
	}
}

// run fetches pictures until ctx ends, so that no event waits for one. What was fetched
// once is kept for some hours.
func (p *pictures) run(ctx context.Context) error {
	kept := map[string]picture{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case w := <-p.requests:
			picture, known := kept[w.path]
			if !known || p.now().Sub(picture.at) > pictureLife {
				var err error
				if picture, err = p.fetch(ctx, w.path); err != nil {
					p.log.Debug("a caller's picture is not shown", "call", w.call, "error", err)
				}
				if len(kept) >= maxPictures {
					clear(kept)
				}
				if ctx.Err() == nil && (err == nil || errors.Is(err, errPicture)) {
					kept[w.path] = picture
				}
			}
			p.publish(w.call, picture)
		}
	}
}

// set shows a picture if its call still goes on.
func (p *pictures) publish(id call.ID, picture picture) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if picture.jpeg != nil && p.currentCall == id {
		p.publisher.Retain(p.topic, picture.jpeg)
	}
}

var errPicture = errors.New("no picture that can be shown")

// fetch gets a picture from the box and makes it a JPEG.
func (p *pictures) fetch(ctx context.Context, path string) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, pictureLimit)
	defer cancel()
	picture := picture{at: p.now()}
	found, err := p.poller.Client.Image(ctx, path)
	if err != nil {
		return picture, err
	}
	picture.jpeg, err = asJPEG(found.Data)
	return picture, err
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
		if jpeg.Encode(&text, downscale(source, step), nil) == nil && text.Len() <= maxPicture {
			return text.Bytes(), nil
		}
	}
	return nil, errPicture
}

// smaller takes every step-th pixel of a picture, on white where it is transparent.
func downscale(source image.Image, step int) image.Image {
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
