package tr064

import (
	"context"
	"slices"
	"strings"
)

const maxUsers = 100 // whose names are kept

// Users lists the users the box offers at its login page, and who of them logged in
// last; "" if nobody is marked so. It needs no login. A box may leave out users of
// apps, so that a name that is missing here can be good all the same.
func (c *Client) Users(ctx context.Context) (names []string, last string, err error) {
	list, err := c.callOpen(ctx, true, configSecurity, "X_AVM-DE_GetUserList")
	if err != nil {
		return nil, "", err
	}
	names, last, err = readUsers(list["X_AVM-DE_UserList"])
	return names, last, wrapped("X_AVM-DE_GetUserList", err)
}

// readUsers reads the list in the form of today (<Username last_user="1">) or of old
// (<User><Username/><LastUser>1</LastUser></User>).
func readUsers(list string) (names []string, last string, err error) {
	if strings.TrimSpace(list) == "" {
		return nil, "", nil
	}
	root, err := readText(list)
	if err != nil {
		return nil, "", &Error{Reason: BadAnswer, Text: "list of users", Err: err}
	}
	add := func(name string, isLast bool) {
		if name = strings.TrimSpace(name); name == "" {
			return
		}
		if len(names) < maxUsers && !slices.Contains(names, name) {
			names = append(names, name)
		}
		if isLast && last == "" {
			last = name
		}
	}
	root.all("Username", func(n *node) { add(n.text, n.attribute("last_user") == "1") })
	root.all("User", func(n *node) { add(n.value("Username"), n.value("LastUser") == "1") })
	return names, last, nil
}
