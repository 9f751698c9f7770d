package gateway

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // phonebooks hold these formats beside JPEG
	"image/jpeg"
	_ "image/png"
	"log/slog"
	"math"
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

// pictureRequest asks for the picture of a call, which the box has under a path.
type pictureRequest struct {
	call call.ID
	path string
}

// picture is a picture in memory. jpeg is nil if there is none to show.
type picture struct {
	jpeg []byte
	at   time.Time
}

// pictures publishes the picture of the caller during a call. With several calls the
// newest one counts.
type pictures struct {
	poller    *poll.Poller
	publisher publisher
	topic     string
	now       func() time.Time
	log       *slog.Logger
	requests  chan pictureRequest // the newest request

	mu          sync.Mutex
	currentCall call.ID // the call whose picture is published or being fetched
}

func newPictures(b *box) *pictures {
	return &pictures{poller: b.poller, publisher: b.publisher, topic: b.topics.Picture, now: b.now, log: b.log, requests: make(chan pictureRequest, 1)}
}

// idlePicture is the picture between calls and of callers without one, a telephone: Home
// Assistant has no empty picture.
var idlePicture = sync.OnceValue(func() []byte {
	const side = 192
	canvas := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			canvas.SetGray(x, y, color.Gray{0xee})
			if onReceiver(float64(x)/side, float64(y)/side) {
				canvas.SetGray(x, y, color.Gray{0x66})
			}
		}
	}
	var text bytes.Buffer
	if jpeg.Encode(&text, canvas, nil) != nil {
		return nil
	}
	return text.Bytes()
})

// onReceiver reports whether a point of a square of side 1 is on the receiver of a telephone:
// a bow from the lower right to the upper left, thicker at its ends.
func onReceiver(x, y float64) bool {
	const centreX, centreY, radius = 0.82, 0.18, 0.54
	dx, dy := x-centreX, y-centreY
	angle := math.Atan2(dy, -dx) * 180 / math.Pi // 0 = left of the centre, 90 = below it
	if angle < -8 || angle > 98 {
		return false
	}
	thickness := 0.075
	if angle < 18 || angle > 72 { // where one hears and speaks
		thickness = 0.14
	}
	return math.Abs(math.Hypot(dx, dy)-radius) < thickness
}

// Observe requests the picture of a caller and removes it when the call ends.
func (p *pictures) Observe(_ string, t call.Transition) {
	switch {
	case t.Type == call.EventRinging: // a caller whom the box bars is not shown
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
	case <-p.requests: // drop an older request that is not fetched yet
	default:
	}
	p.requests <- pictureRequest{c.ID, match.Contact.Image}
}

func (p *pictures) hide(id call.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.currentCall == id {
		p.currentCall = ""
		p.publisher.Retain(p.topic, idlePicture())
	}
}

// run fetches the requested pictures until ctx ends, so that no event waits for one. It
// keeps fetched pictures for some hours.
func (p *pictures) run(ctx context.Context) error {
	cache := map[string]picture{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case w := <-p.requests:
			picture, known := cache[w.path]
			if !known || p.now().Sub(picture.at) > pictureLife {
				var err error
				if picture, err = p.fetch(ctx, w.path); err != nil {
					p.log.Debug("a caller's picture is not shown", "call", w.call, "error", err)
				}
				if len(cache) >= maxPictures {
					clear(cache)
				}
				if ctx.Err() == nil && (err == nil || errors.Is(err, errPicture)) {
					cache[w.path] = picture
				}
			}
			p.publish(w.call, picture)
		}
	}
}

// publish publishes a picture if its call still goes on.
func (p *pictures) publish(id call.ID, picture picture) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if picture.jpeg != nil && p.currentCall == id {
		p.publisher.Retain(p.topic, picture.jpeg)
	}
}

var errPicture = errors.New("no picture that can be shown")

// fetch reads a picture from the box and converts it to JPEG.
func (p *pictures) fetch(ctx context.Context, path string) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, pictureLimit)
	defer cancel()
	picture := picture{at: p.now()}
	download, err := p.poller.Client.Image(ctx, path)
	if err != nil {
		return picture, err
	}
	picture.jpeg, err = asJPEG(download.Data)
	return picture, err
}

// asJPEG converts a picture to JPEG of bounded size. Anybody may have uploaded it, so its
// size is checked before it is decoded.
func asJPEG(data []byte) ([]byte, error) {
	header, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || header.Width < 1 || header.Height < 1 || header.Width > maxSide || header.Height > maxSide {
		return nil, errPicture
	}
	if format == "jpeg" && len(data) <= maxPicture {
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

// downscale returns every step-th pixel of a picture, with white for transparency.
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
