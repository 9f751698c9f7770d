package fritztest

import (
	"strconv"
	"strings"
)

// AddHandset adds a DECT phone; its extension is 10 and on.
func (b *Box) AddHandset(name string) {
	b.tr064.edit(func(t *tr064) { t.handsets = append(t.handsets, &handset{name: name, model: "0x05"}) })
}

// handsetAt finds a DECT phone by its id, counted from 1.
func (q *request) handsetAt(id int) (*handset, error) {
	if id < 1 || id > len(q.t.handsets) {
		return nil, noSuchIndex
	}
	return q.t.handsets[id-1], nil
}

var _ = implement("X_AVM-DE_OnTel:1", map[string]func(*request) (output, error){
	"GetDECTHandsetList": func(q *request) (output, error) {
		var ids []string
		for i := range q.t.handsets {
			ids = append(ids, strconv.Itoa(i+1))
		}
		return output{"NewDectIDList": strings.Join(ids, ",")}, nil
	},
	"GetDECTHandsetInfo": func(q *request) (output, error) {
		h, err := q.handsetAt(q.int("NewDectID"))
		if err != nil {
			return nil, err
		}
		return output{"NewHandsetName": h.name, "NewPhonebookID": strconv.Itoa(h.book)}, nil
	},
	"SetDECTHandsetPhonebook": func(q *request) (output, error) {
		h, err := q.handsetAt(q.int("NewDectID"))
		if err != nil {
			return nil, err
		}
		id := q.int("NewPhonebookID")
		if id < 0 || id >= len(q.t.books) {
			return nil, noSuchIndex
		}
		h.book = id
		q.wrote(h.name)
		return nil, nil
	},
})

func (h *handset) output(at int) output {
	return output{
		"NewID": strconv.Itoa(at + 1), "NewActive": "1", "NewName": h.name, "NewModel": h.model,
		"NewUpdateAvailable": "0", "NewUpdateSuccessful": "unknown", "NewUpdateInfo": "",
	}
}

var _ = implement("X_AVM-DE_Dect:1", map[string]func(*request) (output, error){
	"GetNumberOfDectEntries": func(q *request) (output, error) {
		return output{"NewNumberOfEntries": strconv.Itoa(len(q.t.handsets))}, nil
	},
	"GetGenericDectEntry": func(q *request) (output, error) {
		at := q.int("NewIndex")
		if at < 0 || at >= len(q.t.handsets) {
			return nil, noSuchIndex
		}
		return q.t.handsets[at].output(at), nil
	},
	"GetSpecificDectEntry": func(q *request) (output, error) {
		id, err := strconv.Atoi(q.args["NewID"])
		if err != nil || id < 1 || id > len(q.t.handsets) {
			return nil, noSuchEntry
		}
		return q.t.handsets[id-1].output(id - 1), nil
	},
})
