package telephony

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
)

// picture is a small JPEG in a colour of its own for each name.
func picture(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	sum := h.Sum32()
	canvas := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		canvas.Set(i%64, i/64, color.RGBA{byte(sum), byte(sum >> 8), byte(sum >> 16), 255})
	}
	var x bytes.Buffer
	if err := jpeg.Encode(&x, canvas, nil); err != nil {
		return ""
	}
	return x.String()
}
