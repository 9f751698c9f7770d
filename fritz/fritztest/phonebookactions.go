package fritztest

import (
	"strconv"
	"strings"
)

// online is an account that a synced book comes from.
type online struct {
	enabled                  bool
	url, service, user, name string
	syncs                    int
}

// actions are what the box does, by "service#action".
var actions = map[string]func(*request) (map[string]string, error){}

// implement adds the actions of a service. It is called at the start of the program
// alone.
func implement(service string, list map[string]func(*request) (map[string]string, error)) bool {
	for name, do := range list {
		actions[service+"#"+name] = do
	}
	return true
}

type output = map[string]string

var _ = implement("X_AVM-DE_OnTel:1", map[string]func(*request) (output, error){
	"GetPhonebookList": func(q *request) (output, error) {
		return output{"NewPhonebookList": q.t.bookIDs()}, nil
	},
	"GetPhonebook": func(q *request) (output, error) {
		id := q.int("NewPhonebookID")
		k, err := q.t.bookAt(id)
		if err != nil {
			return nil, err
		}
		return output{
			"NewPhonebookName": k.name,
			"NewPhonebookURL":  q.link("phonebook.lua", "pbid="+strconv.Itoa(id)),
		}, nil
	},
	"AddPhonebook": func(q *request) (output, error) {
		name := q.args["NewPhonebookName"]
		if strings.TrimSpace(name) == "" {
			return nil, tooShort
		}
		q.t.addBook(Phonebook{Name: name}, q.wall)
		q.wrote(name)
		return nil, nil
	},
	"DeletePhonebook": func(q *request) (output, error) {
		id := q.int("NewPhonebookID")
		if id < 0 || id >= len(q.t.books) || q.t.books[id].synced {
			return nil, noSuchIndex
		}
		k := q.t.books[id]
		if id == 0 { // the first is emptied
			k.contacts = nil
			k.touch(q.wall)
		} else {
			q.t.books = append(q.t.books[:id:id], q.t.books[id+1:]...)
		}
		q.wrote(k.name)
		return nil, nil
	},
	"GetPhonebookEntry": func(q *request) (output, error) {
		k, err := q.t.bookAt(q.int("NewPhonebookID"))
		if err != nil {
			return nil, err
		}
		return k.entry(q.int("NewPhonebookEntryID"))
	},
	"GetPhonebookEntryUID": func(q *request) (output, error) {
		k, err := q.t.bookAt(q.int("NewPhonebookID"))
		if err != nil {
			return nil, err
		}
		return k.entry(k.position(q.int("NewPhonebookEntryUniqueID")))
	},
	"SetPhonebookEntry": func(q *request) (output, error) {
		k, err := q.writable()
		if err != nil {
			return nil, err
		}
		c, err := readEntry(q.args["NewPhonebookEntryData"])
		if err != nil {
			return nil, err
		}
		at := q.int("NewPhonebookEntryID")
		switch {
		case at < 0 || at == len(k.contacts): // a new one
			c.UID = 0
			if k.full() {
				return nil, outOfMemory
			}
		case at > len(k.contacts):
			return nil, noSuchEntry
		default:
			c.UID = k.contacts[at].UID
		}
		k.put(q.t, c, q.wall)
		q.wrote(c.Name)
		return nil, nil
	},
	"SetPhonebookEntryUID": func(q *request) (output, error) {
		k, err := q.writable()
		if err != nil {
			return nil, err
		}
		return q.put(k, "NewPhonebookEntryData")
	},
	"DeletePhonebookEntry": func(q *request) (output, error) {
		k, err := q.writable()
		if err != nil {
			return nil, err
		}
		return q.drop(k, q.int("NewPhonebookEntryID"))
	},
	"DeletePhonebookEntryUID": func(q *request) (output, error) {
		k, err := q.writable()
		if err != nil {
			return nil, err
		}
		return q.drop(k, k.position(q.int("NewPhonebookEntryUniqueID")))
	},

	"GetCallBarringList": func(q *request) (output, error) {
		return output{"NewPhonebookURL": q.link("phonebook.lua", "pbid="+strconv.Itoa(barringOwner))}, nil
	},
	"GetCallBarringEntry": func(q *request) (output, error) {
		return q.t.bars.entry(q.int("NewPhonebookEntryID"))
	},
	"GetCallBarringEntryByNum": func(q *request) (output, error) {
		for at, c := range q.t.bars.contacts {
			for _, n := range c.Numbers {
				if n.Number != "" && q.t.national(n.Number) == q.t.national(q.args["NewNumber"]) {
					return q.t.bars.entry(at)
				}
			}
		}
		return nil, noSuchEntry
	},
	// Without a unique id an entry is added even if its number is there already.
	"SetCallBarringEntry": func(q *request) (output, error) {
		return q.put(q.t.bars, "NewPhonebookEntryData")
	},
	"DeleteCallBarringEntryUID": func(q *request) (output, error) {
		return q.drop(q.t.bars, q.t.bars.position(q.int("NewPhonebookEntryUniqueID")))
	},

	"GetNumberOfEntries": func(q *request) (output, error) {
		return output{"NewOnTelNumberOfEntries": strconv.Itoa(len(q.t.online))}, nil
	},
	"GetInfo":        func(q *request) (output, error) { return q.account(1) },
	"GetInfoByIndex": func(q *request) (output, error) { return q.account(q.int("NewIndex")) },
	"SetEnable":      func(q *request) (output, error) { return q.enable(1) },
	"SetEnableByIndex": func(q *request) (output, error) {
		return q.enable(q.int("NewIndex"))
	},
	"SetConfigByIndex": func(q *request) (output, error) {
		o, n := q.t.online, q.int("NewIndex")
		if n < 1 || n > len(o)+1 {
			return nil, noSuchIndex
		}
		name := q.args["NewName"]
		if n == len(o)+1 {
			q.t.addBook(Phonebook{Name: name, Synced: true}, q.wall)
		}
		account := q.t.online[n-1]
		for _, k := range q.t.books {
			if k.synced && k.name == account.name {
				k.name = name
			}
		}
		account.enabled, account.name, account.url = q.on("NewEnable"), name, q.args["NewUrl"]
		account.service, account.user = q.args["NewServiceId"], q.args["NewUsername"]
		q.wrote(name)
		return nil, nil
	},
	"DeleteByIndex": func(q *request) (output, error) {
		n := q.int("NewIndex")
		if n < 1 || n > len(q.t.online) {
			return nil, noSuchIndex
		}
		name := q.t.online[n-1].name
		for i, k := range q.t.books {
			if k.synced && k.name == name {
				q.t.books = append(q.t.books[:i:i], q.t.books[i+1:]...)
				break
			}
		}
		q.t.online = append(q.t.online[:n-1:n-1], q.t.online[n:]...)
		q.wrote(name)
		return nil, nil
	},
})

// entry is the answer with the entry at a position.
func (k *book) entry(at int) (output, error) {
	if at < 0 || at >= len(k.contacts) {
		return nil, noSuchEntry
	}
	return output{"NewPhonebookEntryData": k.contacts[at].data()}, nil
}

// writable finds the book that is to be written; a synced one refuses.
func (q *request) writable() (*book, error) {
	id := q.int("NewPhonebookID")
	if id < 0 || id >= len(q.t.books) || q.t.books[id].synced {
		return nil, noSuchIndex
	}
	return q.t.books[id], nil
}

// put adds or changes an entry by its unique id. An id that the book does not have
// makes a new entry with a new id.
func (q *request) put(k *book, data string) (output, error) {
	c, err := readEntry(q.args[data])
	if err != nil {
		return nil, err
	}
	if k.position(c.UID) < 0 && k.full() {
		return nil, outOfMemory
	}
	uid := k.put(q.t, c, q.wall)
	q.wrote(strconv.Itoa(uid) + " " + c.Name)
	return output{"NewPhonebookEntryUniqueID": strconv.Itoa(uid)}, nil
}

// drop removes the entry at a position.
func (q *request) drop(k *book, at int) (output, error) {
	if at < 0 || at >= len(k.contacts) {
		return nil, noSuchEntry
	}
	c := k.contacts[at]
	k.remove(at, q.wall)
	q.wrote(strconv.Itoa(c.UID) + " " + c.Name)
	return nil, nil
}

// account is the answer about an online account, counted from 1.
func (q *request) account(n int) (output, error) {
	if n < 1 || n > len(q.t.online) {
		if q.operation.name == "GetInfo" {
			return output{"NewEnable": "0"}, nil
		}
		return nil, noSuchIndex
	}
	o := q.t.online[n-1]
	return output{
		"NewEnable": flag(o.enabled), "NewStatus": "0", "NewLastConnect": "0", "NewUrl": o.url,
		"NewServiceId": o.service, "NewUsername": o.user, "NewName": o.name,
	}, nil
}

// enable switches an online account; switched on again it is synced.
func (q *request) enable(n int) (output, error) {
	if n < 1 || n > len(q.t.online) {
		return nil, noSuchIndex
	}
	o := q.t.online[n-1]
	if on := q.on("NewEnable"); on != o.enabled {
		o.enabled = on
		if on {
			o.syncs++
		}
	}
	q.wrote(o.name)
	return nil, nil
}
