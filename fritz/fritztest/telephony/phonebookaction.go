package telephony

import (
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// online is an account that a synced book comes from.
type online struct {
	enabled                  bool
	url, service, user, name string
	syncs                    int
}

var _ = implement("X_AVM-DE_OnTel:1", map[string]action{
	"GetPhonebookList": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewPhonebookList": q.t.bookIDs()}, nil
	},
	"GetPhonebook": func(q *request) (tr064.Output, error) {
		id := q.Int("NewPhonebookID")
		k, err := q.t.bookAt(id)
		if err != nil {
			return nil, err
		}
		return tr064.Output{
			"NewPhonebookName": k.name,
			"NewPhonebookURL":  q.Link("phonebook.lua", "pbid="+strconv.Itoa(id)),
		}, nil
	},
	"AddPhonebook": func(q *request) (tr064.Output, error) {
		name := q.Args["NewPhonebookName"]
		if strings.TrimSpace(name) == "" {
			return nil, tr064.TooShort
		}
		q.t.addBook(Phonebook{Name: name}, q.Wall)
		q.Wrote(name)
		return nil, nil
	},
	"DeletePhonebook": onWritable(func(q *request, k *book) (tr064.Output, error) {
		if id := q.Int("NewPhonebookID"); id == 0 { // the first is emptied
			k.contacts = nil
			k.touch(q.Wall)
		} else {
			q.t.books = append(q.t.books[:id:id], q.t.books[id+1:]...)
		}
		q.Wrote(k.name)
		return nil, nil
	}),
	"GetPhonebookEntry": onBook(func(q *request, k *book) (tr064.Output, error) {
		return k.entry(q.Int("NewPhonebookEntryID"))
	}),
	"GetPhonebookEntryUID": onBook(func(q *request, k *book) (tr064.Output, error) {
		return k.entry(k.position(q.Int("NewPhonebookEntryUniqueID")))
	}),
	"SetPhonebookEntry": onWritable(func(q *request, k *book) (tr064.Output, error) {
		c, err := readEntry(q.Args["NewPhonebookEntryData"])
		if err != nil {
			return nil, err
		}
		at := q.Int("NewPhonebookEntryID")
		switch {
		case at < 0 || at == len(k.contacts): // a new one
			c.UID = 0
			if k.full() {
				return nil, tr064.OutOfMemory
			}
		case at > len(k.contacts):
			return nil, tr064.NoSuchEntry
		default:
			c.UID = k.contacts[at].UID
		}
		k.put(q.t, c, q.Wall)
		q.Wrote(c.Name)
		return nil, nil
	}),
	"SetPhonebookEntryUID": onWritable((*request).put),
	"DeletePhonebookEntry": onWritable(func(q *request, k *book) (tr064.Output, error) {
		return q.drop(k, q.Int("NewPhonebookEntryID"))
	}),
	"DeletePhonebookEntryUID": onWritable(func(q *request, k *book) (tr064.Output, error) {
		return q.drop(k, k.position(q.Int("NewPhonebookEntryUniqueID")))
	}),

	"GetCallBarringList": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewPhonebookURL": q.Link("phonebook.lua", "pbid="+strconv.Itoa(barringOwner))}, nil
	},
	"GetCallBarringEntry": func(q *request) (tr064.Output, error) {
		return q.t.barring.entry(q.Int("NewPhonebookEntryID"))
	},
	"GetCallBarringEntryByNum": func(q *request) (tr064.Output, error) {
		for at, c := range q.t.barring.contacts {
			for _, n := range c.Numbers {
				if n.Number != "" && q.t.national(n.Number) == q.t.national(q.Args["NewNumber"]) {
					return q.t.barring.entry(at)
				}
			}
		}
		return nil, tr064.NoSuchEntry
	},
	// Without a unique id an entry is added even if its number is there already.
	"SetCallBarringEntry": func(q *request) (tr064.Output, error) { return q.put(q.t.barring) },
	"DeleteCallBarringEntryUID": func(q *request) (tr064.Output, error) {
		return q.drop(q.t.barring, q.t.barring.position(q.Int("NewPhonebookEntryUniqueID")))
	},

	"GetNumberOfEntries": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewOnTelNumberOfEntries": strconv.Itoa(len(q.t.online))}, nil
	},
	"GetInfo": func(q *request) (tr064.Output, error) {
		if len(q.t.online) == 0 {
			return tr064.Output{"NewEnable": "0"}, nil
		}
		return q.account(1)
	},
	"GetInfoByIndex": func(q *request) (tr064.Output, error) { return q.account(q.Int("NewIndex")) },
	"SetEnable":      func(q *request) (tr064.Output, error) { return q.enable(1) },
	"SetEnableByIndex": func(q *request) (tr064.Output, error) {
		return q.enable(q.Int("NewIndex"))
	},
	"SetConfigByIndex": func(q *request) (tr064.Output, error) {
		o, n := q.t.online, q.Int("NewIndex")
		if n < 1 || n > len(o)+1 {
			return nil, tr064.NoSuchIndex
		}
		name := q.Args["NewName"]
		if n == len(o)+1 {
			q.t.addBook(Phonebook{Name: name, Synced: true}, q.Wall)
		}
		account := q.t.online[n-1]
		for _, k := range q.t.books {
			if k.synced && k.name == account.name {
				k.name = name
			}
		}
		account.enabled, account.name, account.url = q.On("NewEnable"), name, q.Args["NewUrl"]
		account.service, account.user = q.Args["NewServiceId"], q.Args["NewUsername"]
		q.Wrote(name)
		return nil, nil
	},
	"DeleteByIndex": func(q *request) (tr064.Output, error) {
		n := q.Int("NewIndex")
		if n < 1 || n > len(q.t.online) {
			return nil, tr064.NoSuchIndex
		}
		name := q.t.online[n-1].name
		for i, k := range q.t.books {
			if k.synced && k.name == name {
				q.t.books = append(q.t.books[:i:i], q.t.books[i+1:]...)
				break
			}
		}
		q.t.online = append(q.t.online[:n-1:n-1], q.t.online[n:]...)
		q.Wrote(name)
		return nil, nil
	},
})

// entry is the answer with the entry at a position.
func (k *book) entry(at int) (tr064.Output, error) {
	if at < 0 || at >= len(k.contacts) {
		return nil, tr064.NoSuchEntry
	}
	return tr064.Output{"NewPhonebookEntryData": k.contacts[at].data()}, nil
}

// onBook is an action on the book of a request.
func onBook(do func(*request, *book) (tr064.Output, error)) action {
	return func(q *request) (tr064.Output, error) {
		k, err := q.t.bookAt(q.Int("NewPhonebookID"))
		if err != nil {
			return nil, err
		}
		return do(q, k)
	}
}

// onWritable is an action that writes into the book of a request; a synced one refuses.
func onWritable(do func(*request, *book) (tr064.Output, error)) action {
	return func(q *request) (tr064.Output, error) {
		id := q.Int("NewPhonebookID")
		if id < 0 || id >= len(q.t.books) || q.t.books[id].synced {
			return nil, tr064.NoSuchIndex
		}
		return do(q, q.t.books[id])
	}
}

// put adds or changes an entry by its unique id. An id that the book does not have
// makes a new entry with a new id.
func (q *request) put(k *book) (tr064.Output, error) {
	c, err := readEntry(q.Args["NewPhonebookEntryData"])
	if err != nil {
		return nil, err
	}
	if k.position(c.UID) < 0 && k.full() {
		return nil, tr064.OutOfMemory
	}
	uid := k.put(q.t, c, q.Wall)
	q.Wrote(strconv.Itoa(uid) + " " + c.Name)
	return tr064.Output{"NewPhonebookEntryUniqueID": strconv.Itoa(uid)}, nil
}

// drop removes the entry at a position.
func (q *request) drop(k *book, at int) (tr064.Output, error) {
	if at < 0 || at >= len(k.contacts) {
		return nil, tr064.NoSuchEntry
	}
	c := k.contacts[at]
	k.remove(at, q.Wall)
	q.Wrote(strconv.Itoa(c.UID) + " " + c.Name)
	return nil, nil
}

// account is the answer about an online account, counted from 1.
func (q *request) account(n int) (tr064.Output, error) {
	if n < 1 || n > len(q.t.online) {
		return nil, tr064.NoSuchIndex
	}
	o := q.t.online[n-1]
	return tr064.Output{
		"NewEnable": tr064.Flag(o.enabled), "NewStatus": "0", "NewLastConnect": "0", "NewUrl": o.url,
		"NewServiceId": o.service, "NewUsername": o.user, "NewName": o.name,
	}, nil
}

// enable switches an online account; switched on again it is synced.
func (q *request) enable(n int) (tr064.Output, error) {
	if n < 1 || n > len(q.t.online) {
		return nil, tr064.NoSuchIndex
	}
	o := q.t.online[n-1]
	if on := q.On("NewEnable"); on != o.enabled {
		o.enabled = on
		if on {
			o.syncs++
		}
	}
	q.Wrote(o.name)
	return nil, nil
}
