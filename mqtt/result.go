package mqtt

import (
	"encoding/json"

	"github.com/callporter/callporter/order"
)

// maxData is the room for a result's data within [MaxDocument].
const maxData = 4 << 10

// Result is the document of a result. "error" is null where "ok" is true, so
// there is one thing to test. Data that is no JSON object or larger than 4 KiB is
// left out.
func (d Documents) Result(r order.Result) []byte {
	dst := make([]byte, 0, 256+len(r.Data))
	dst = appendText(append(dst, `{"request":`...), r.Request, order.MaxRequest)
	dst = appendText(append(dst, `,"command":`...), r.Command, 64)
	dst = appendBool(append(dst, `,"ok":`...), r.Refusal == nil)
	dst = append(dst, `,"error":`...)
	if e := r.Refusal; e != nil {
		dst = appendText(append(dst, `{"code":`...), string(e.Code), 64)
		dst = appendText(append(dst, `,"message":`...), e.Message.In(d.Language), maxText)
		dst = appendText(append(dst, `,"hint":`...), e.Hint.In(d.Language), maxText)
		dst = append(dst, '}')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"data":`...)
	if len(r.Data) > 0 && len(r.Data) <= maxData && r.Data[0] == '{' && json.Valid(r.Data) {
		dst = append(dst, r.Data...)
	} else {
		dst = append(dst, "{}"...)
	}
	dst = appendText(append(dst, `,"call":`...), string(r.Call), 64)
	return append(dst, '}')
}
