package gateway_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// colour is the colour in the middle of a picture.
func colour(t *testing.T, payload string) uint32 {
	t.Helper()
	p, kind, err := image.Decode(bytes.NewReader([]byte(payload)))
	if err != nil || kind != "jpeg" {
		t.Fatalf("no JPEG: %s %v, %d bytes", kind, err, len(payload))
	}
	r, g, b, _ := p.At(p.Bounds().Dx()/2, p.Bounds().Dy()/2).RGBA()
	return r>>8<<16 | g>>8<<8 | b>>8
}

// TestPictures: who rings is shown, and a grey picture when the call is over. It never
// holds an event up, and is fetched once.
func TestPictures(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.config.Boxes[0].Pictures = true
		anna, bert := contact("Anna", patient), contact("Bert", munich)
		anna.Image, bert.Image = "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/1-anna.jpg", "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/2-bert.jpg"
		h.addBook("Familie", anna, bert, contact("Ohne", pest))
	})
	h.heard.until("the grey picture", func() bool { return h.heard.newest(h.topic("picture")) != "" })
	grey := colour(t, h.heard.newest(h.topic("picture")))
	shown := map[string]uint32{}
	for i := range 4 {
		number := []string{patient, munich}[i%2]
		c := h.ring(number)
		h.wantEvents("ring")
		h.heard.until("the picture", func() bool { return colour(t, h.heard.newest(h.topic("picture"))) != grey })
		now := colour(t, h.heard.newest(h.topic("picture")))
		if before, known := shown[number]; known && before != now {
			t.Errorf("another picture of %s", number)
		}
		shown[number] = now
		c.Disconnect(0)
		h.nextEvent()
		h.heard.until("the grey picture", func() bool { return colour(t, h.heard.newest(h.topic("picture"))) == grey })
	}
	if shown[patient] == shown[munich] {
		t.Error("both have the same picture")
	}
	if n := h.box.State().TR064.Lists["download.lua"]; n != 2 {
		t.Errorf("fetched %d times", n)
	}
	before := len(h.heard.on(h.topic("picture")))
	h.missedFrom(pest)
	h.missedFrom("")
	h.settledNow()
	if n := len(h.heard.on(h.topic("picture"))); n != before {
		t.Errorf("%d pictures of nobody", n-before)
	}
	if c := parse[struct {
		Components map[string]struct {
			Topic string `json:"image_topic"`
		}
	}](t, h.heard.newest(boxDocument)).Components["caller_picture"]; c.Topic != h.topic("picture") {
		t.Errorf("the entity asks for %q", c.Topic)
	}
}

// TestSlowPicture: one that comes after the call is not shown, and no event waits.
func TestSlowPicture(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.config.Boxes[0].Pictures = true
		anna := contact("Anna", patient)
		anna.Image = "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/1-anna.jpg"
		h.addBook("Familie", anna)
	})
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "download.lua", By: time.Second, Times: 1}); err != nil {
		t.Fatal(err)
	}
	h.settledNow()
	before := len(h.heard.on(h.topic("picture")))
	began := time.Now()
	h.missedFrom(patient)
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("the events took %v", took)
	}
	eventually(t, "it is fetched", func() bool { return h.box.State().TR064.Lists["download.lua"] == 1 })
	h.settledNow()
	if n := len(h.heard.on(h.topic("picture"))); n != before {
		t.Errorf("%d pictures after the call", n-before)
	}
}

// TestNoPictures unless they are wanted: a picture is personal data on the broker.
func TestNoPictures(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		anna := contact("Anna", patient)
		anna.Image = "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/1-anna.jpg"
		h.addBook("Familie", anna)
	})
	h.wantName(patient, "Anna")
	if kept := h.retained(); kept[h.topic("picture")] != "" {
		t.Error("a picture all the same")
	}
}
