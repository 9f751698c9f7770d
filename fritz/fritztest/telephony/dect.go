package telephony

import (
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// handset is a DECT phone.
type handset struct {
	name  string
	model string
	book  int
}

// AddHandset adds a DECT phone; its extension is 10 and on.
func (t *Services) AddHandset(name string) {
	t.edit(func() { t.handsets = append(t.handsets, &handset{name: name, model: "0x05"}) })
}

// handsetAt finds a DECT phone by its id, counted from 1.
func (q *request) handsetAt(id int) (*handset, error) {
	if id < 1 || id > len(q.t.handsets) {
		return nil, tr064.NoSuchIndex
	}
	return q.t.handsets[id-1], nil
}

var _ = implement("X_AVM-DE_OnTel:1", map[string]action{
	"GetDECTHandsetList": func(q *request) (tr064.Output, error) {
		var ids []string
		for i := range q.t.handsets {
			ids = append(ids, strconv.Itoa(i+1))
		}
		return tr064.Output{"NewDectIDList": strings.Join(ids, ",")}, nil
	},
	"GetDECTHandsetInfo": func(q *request) (tr064.Output, error) {
		h, err := q.handsetAt(q.Int("NewDectID"))
		if err != nil {
			return nil, err
		}
		return tr064.Output{"NewHandsetName": h.name, "NewPhonebookID": strconv.Itoa(h.book)}, nil
	},
	"SetDECTHandsetPhonebook": func(q *request) (tr064.Output, error) {
		h, err := q.handsetAt(q.Int("NewDectID"))
		if err != nil {
			return nil, err
		}
		id := q.Int("NewPhonebookID")
		if id < 0 || id >= len(q.t.books) {
			return nil, tr064.NoSuchIndex
		}
		h.book = id
		q.Wrote(h.name)
		return nil, nil
	},
})

func (h *handset) output(at int) tr064.Output {
	return tr064.Output{
		"NewID": strconv.Itoa(at + 1), "NewActive": "1", "NewName": h.name, "NewModel": h.model,
		"NewUpdateAvailable": "0", "NewUpdateSuccessful": "unknown", "NewUpdateInfo": "",
	}
}

var _ = implement("X_AVM-DE_Dect:1", map[string]action{
	"GetNumberOfDectEntries": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewNumberOfEntries": strconv.Itoa(len(q.t.handsets))}, nil
	},
	"GetGenericDectEntry": func(q *request) (tr064.Output, error) {
		at := q.Int("NewIndex")
		if at < 0 || at >= len(q.t.handsets) {
			return nil, tr064.NoSuchIndex
		}
		return q.t.handsets[at].output(at), nil
	},
	"GetSpecificDectEntry": func(q *request) (tr064.Output, error) {
		id, err := strconv.Atoi(q.Args["NewID"])
		if err != nil || id < 1 || id > len(q.t.handsets) {
			return nil, tr064.NoSuchEntry
		}
		return q.t.handsets[id-1].output(id - 1), nil
	},
})
