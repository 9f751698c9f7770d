package document

import (
	"encoding/json"

	"github.com/callporter/callporter/order"
)

// maxData is the room for a result's data within [MaxSize].
const maxData = 4 << 10

// Result is the document of a result. "error" is null where "ok" is true, so
// there is one thing to test. Data that is no JSON object or larger than 4 KiB is
// left out.
func (d Documents) Result(r order.Result) []byte {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	}
	doc := struct {
		Request string          `json:"request"`
		Command string          `json:"command"`
		OK      bool            `json:"ok"`
		Error   *problem        `json:"error"`
		Data    json.RawMessage `json:"data"`
		Call    string          `json:"call"`
	}{
		Request: cut(r.Request, order.MaxRequest), Command: cut(r.Command, 64), OK: r.Refusal == nil,
		Data: json.RawMessage("{}"), Call: cut(string(r.Call), 64),
	}
	if e := r.Refusal; e != nil {
		doc.Error = &problem{cut(string(e.Code), 64), cut(e.Message.In(d.Language), maxText), cut(e.Hint.In(d.Language), maxText)}
	}
	if len(r.Data) > 0 && len(r.Data) <= maxData && r.Data[0] == '{' && json.Valid(r.Data) {
		doc.Data = r.Data
	}
	return encode(doc)
}
