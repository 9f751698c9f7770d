package telephony

import (
	"slices"
	"strconv"
)

// IPPhone is an IP phone as it is set up in the box: whom the registrar lets in, and how the
// phone is called from inside the house.
type IPPhone struct {
	Internal string // 620 to 629, dialled as **620
	Name     string
	Username string
	Password string // "" = nobody knows it, and nobody gets in
	Numbers  string // own numbers it rings for, as a list of the box; "" = all
}

// IPPhones lists the IP phones that are set up, as they are now.
func (t *Services) IPPhones() []IPPhone {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []IPPhone
	for i, c := range t.clients {
		list = append(list, IPPhone{
			Internal: strconv.Itoa(firstInternal + i), Name: c.phone, Username: c.user, Password: c.password, Numbers: c.incoming,
		})
	}
	return list
}

// SetIPPhone sets an IP phone up, as in the box's own pages: without a second factor, and in
// the place of the one with the same user name. It reports false if there is no room for it.
func (t *Services) SetIPPhone(p IPPhone) bool {
	fits := true
	t.edit(func() {
		c := &sipClient{user: p.Username, password: p.Password, phone: p.Name, incoming: p.Numbers}
		at := slices.IndexFunc(t.clients, func(c *sipClient) bool { return c.user == p.Username })
		switch {
		case at >= 0:
			t.clients[at] = c
		case len(t.clients) < maxSIPClients:
			t.clients = append(t.clients, c)
		default:
			fits = false
		}
	})
	return fits
}
