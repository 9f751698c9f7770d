package gateway_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
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
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Config.Boxes[0].Pictures = true
		anna, bert := gatewaytest.Contact("Anna", gatewaytest.Patient), gatewaytest.Contact("Bert", gatewaytest.Munich)
		anna.Image, bert.Image = "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/1-anna.jpg", "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/2-bert.jpg"
		h.AddBook("Familie", anna, bert, gatewaytest.Contact("Ohne", gatewaytest.Pest))
	})
	h.Heard.Until("the grey picture", func() bool { return h.Heard.Newest(h.Topic("picture")) != "" })
	grey := colour(t, h.Heard.Newest(h.Topic("picture")))
	shown := map[string]uint32{}
	for i := range 4 {
		number := []string{gatewaytest.Patient, gatewaytest.Munich}[i%2]
		c := h.Ring(number)
		h.WantEvents("ring")
		h.Heard.Until("the picture", func() bool { return colour(t, h.Heard.Newest(h.Topic("picture"))) != grey })
		now := colour(t, h.Heard.Newest(h.Topic("picture")))
		if before, known := shown[number]; known && before != now {
			t.Errorf("another picture of %s", number)
		}
		shown[number] = now
		c.Disconnect(0)
		h.NextEvent()
		h.Heard.Until("the grey picture", func() bool { return colour(t, h.Heard.Newest(h.Topic("picture"))) == grey })
	}
	if shown[gatewaytest.Patient] == shown[gatewaytest.Munich] {
		t.Error("both have the same picture")
	}
	if n := h.Box.State().TR064.Lists["download.lua"]; n != 2 {
		t.Errorf("fetched %d times", n)
	}
	before := len(h.Heard.On(h.Topic("picture")))
	h.MissedFrom(gatewaytest.Pest)
	h.MissedFrom("")
	h.SettledNow()
	if n := len(h.Heard.On(h.Topic("picture"))); n != before {
		t.Errorf("%d pictures of nobody", n-before)
	}
	if c := gatewaytest.Parse[struct {
		Components map[string]struct {
			Topic string `json:"image_topic"`
		}
	}](t, h.Heard.Newest(gatewaytest.BoxDocument)).Components["caller_picture"]; c.Topic != h.Topic("picture") {
		t.Errorf("the entity asks for %q", c.Topic)
	}
}

// TestSlowPicture: one that comes after the call is not shown, and no event waits.
func TestSlowPicture(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Config.Boxes[0].Pictures = true
		anna := gatewaytest.Contact("Anna", gatewaytest.Patient)
		anna.Image = "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/1-anna.jpg"
		h.AddBook("Familie", anna)
	})
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "download.lua", By: time.Second, Times: 1}); err != nil {
		t.Fatal(err)
	}
	h.SettledNow()
	before := len(h.Heard.On(h.Topic("picture")))
	began := time.Now()
	h.MissedFrom(gatewaytest.Patient)
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("the events took %v", took)
	}
	gatewaytest.Eventually(t, "it is fetched", func() bool { return h.Box.State().TR064.Lists["download.lua"] == 1 })
	h.SettledNow()
	if n := len(h.Heard.On(h.Topic("picture"))); n != before {
		t.Errorf("%d pictures after the call", n-before)
	}
}

// TestNoPictures unless they are wanted: a picture is personal data on the broker.
func TestNoPictures(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		anna := gatewaytest.Contact("Anna", gatewaytest.Patient)
		anna.Image = "/download.lua?path=/var/InternerSpeicher/FRITZ/fonpix/1-anna.jpg"
		h.AddBook("Familie", anna)
	})
	h.WantName(gatewaytest.Patient, "Anna")
	if kept := h.Retained(); kept[h.Topic("picture")] != "" {
		t.Error("a picture all the same")
	}
}
